/** Where the files of a task are mounted in its sandbox. Nothing is created. */
import { join } from 'node:path';
import type { Mount } from '../../model/mount-targets.ts';
import { isAtOrBelow } from '../../model/storage-path.ts';
import { type FilesProblem, type NodeFiles, type TaskFiles, taskFilesOf } from '../../model/task-files.ts';
import type { EngineSettings } from '../../settings.ts';
import { type AttemptFiles, attemptFilesOf } from '../../store/instance-files.ts';
import { sandboxArgumentsOf } from '../processes/sandbox.ts';
import type { TaskSpec } from './task-launch.ts';

export interface Mounts {
  /** Whole shares of which the task wants a directory. */
  readonly shares: readonly Mount[];
  readonly mounts: readonly Mount[];
  readonly links: readonly { readonly target: string; readonly to: string }[];
}

/** Where shares are mounted of which a task wants only a directory. */
const sharesDirectory = '/run/batch-mcp/shares';

/**
 * An input with the link that shows it. A directory of a share that jobs can write is reached by a link inside the
 * sandbox, never by its path outside: a link that a job left in the share could otherwise show any directory of the
 * machine.
 */
export const withLink = (
  input: TaskFiles['inputs'][number],
): TaskFiles['inputs'][number] & { readonly linkTo: string | undefined } => {
  const [scheme = '', host = '', ...rest] = input.remote;
  const isLink = input.isWritable && rest.length > 0;
  return { ...input, linkTo: isLink ? [sharesDirectory, scheme, host, ...rest].join('/') : undefined };
};

/** The mounts of an attempt. */
export const mountsOf = (settings: EngineSettings, taskFiles: TaskFiles, files: AttemptFiles): Mounts => {
  const shares = new Map<string, Mount>();
  const mounts: Mount[] = taskFiles.scratch.map(({ name, target }) => ({
    source: join(files.scratch, name),
    target,
    isWritable: true,
    isScratch: true,
  }));
  const links: { target: string; to: string }[] = [];
  for (const { remote, target, isWritable, linkTo } of taskFiles.inputs.map(withLink)) {
    if (linkTo === undefined) {
      mounts.push({ source: join(settings.storageDir, ...remote), target, isWritable });
      continue;
    }
    const [scheme = '', host = ''] = remote;
    const share = join(sharesDirectory, scheme, host);
    shares.set(share, { source: join(settings.storageDir, scheme, host), target: share, isWritable: true });
    // In a scratch directory the link is created beforehand.
    if (scratchPathOf(taskFiles, files, target) === undefined) links.push({ target, to: linkTo });
  }
  for (const { stream, target } of taskFiles.localLogs)
    mounts.push({ source: files[stream], target, isWritable: false, isFile: true });
  return { shares: [...shares.values()], mounts, links };
};

export interface ScratchPath {
  readonly root: string;
  readonly names: readonly string[];
}

/** The path of a target in the scratch directory that it is in. */
export const scratchPathOf = (
  taskFiles: TaskFiles,
  files: AttemptFiles,
  target: string,
): ScratchPath | undefined => {
  const directory = taskFiles.scratch.find((each) => isAtOrBelow(target, each.target));
  if (directory === undefined) return undefined;
  const names = target
    .slice(directory.target.length)
    .split('/')
    .filter((name) => name !== '');
  return { root: join(files.scratch, directory.name), names };
};

/**
 * Checks before a task is submitted whether this machine can mount its files.
 * @returns undefined where it can
 */
export const mountProblemOf = (
  settings: EngineSettings,
  spec: TaskSpec,
  node: NodeFiles | undefined,
): FilesProblem | undefined => {
  const sample = { jobId: 'job-00000000', taskName: spec.TaskName ?? 'task', idx: 0 };
  const files = attemptFilesOf(settings.filesDir, { jobId: sample.jobId, position: 0, index: 0, attempt: 0 });
  try {
    const { shares, mounts, links } = mountsOf(settings, taskFilesOf(spec, sample, node), files);
    if (mounts.length + links.length === 0 || settings.sandbox.mode !== 'bwrap') return undefined;
    const own = [{ source: files.work, target: files.work, isWritable: true }, ...shares];
    const variables = Object.fromEntries((spec.EnvVars ?? []).map(({ Name, Value }) => [Name, Value]));
    sandboxArgumentsOf(settings, { workDir: files.work, own, mounts, links, variables });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'InvalidParameterValue.LocalPath', message };
  }
};
