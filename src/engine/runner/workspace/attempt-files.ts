/** The files around one attempt: what is mounted for it before, and what is stored of it after. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../../model/sandbox-layout.ts';
import { isWritableShare } from '../../model/storage-path.ts';
import { type TaskFiles, taskFilesOf } from '../../model/task-files.ts';
import type { EngineSettings } from '../../settings.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { copyFileInto, copyTreeInto, openBeneath, statBeneath } from './storage.ts';
import type { TaskLaunch } from './task-launch.ts';

/** The files of one instance of a task. @throws Error when a path cannot be had */
export const filesOf = (launch: TaskLaunch, idx: number): TaskFiles =>
  taskFilesOf(launch.spec, { jobId: launch.jobId, taskName: launch.name, idx }, launch.node);

/** Directories on the machine for what the command writes to fixed places. */
const scratchOf = (files: AttemptFiles, kind: 'output' | 'disk', at: number): string =>
  join(files.places, `${kind}-${at}`);

/** Where whole shares are shown when a task asks for a directory of one. */
const sharesPlace = '/run/shares';

/**
 * Makes the directories of an attempt and says what is to be mounted where.
 * A directory of a share that jobs can write is reached by a link inside the sandbox, never by its path outside: a
 * link that a job left in the share could otherwise show any directory of the machine.
 */
export const makePlaces = (
  settings: EngineSettings,
  launch: TaskLaunch,
  files: AttemptFiles,
  idx: number,
): {
  readonly mounts: readonly Mount[];
  readonly links: readonly { readonly target: string; readonly to: string }[];
} => {
  const { inputs, outputs, disks, localLogs } = filesOf(launch, idx);
  const mounts: Mount[] = [];
  const links: { target: string; to: string }[] = [];
  for (const { remote, target } of inputs) {
    const [scheme = '', host = '', ...rest] = remote;
    if (!isWritableShare(`${scheme}://`)) {
      mounts.push({ source: join(settings.storageDir, ...remote), target, isWritable: false });
      continue;
    }
    const share = join(settings.storageDir, scheme, host);
    const shown = rest.length === 0 ? target : `${sharesPlace}/${host}`;
    mounts.push({ source: share, target: shown, isWritable: true });
    if (rest.length > 0) links.push({ target, to: [shown, ...rest].join('/') });
  }
  const scratch = [
    ...disks.map((target, at) => ({ target, source: scratchOf(files, 'disk', at) })),
    ...outputs.map(({ target }, at) => ({ target, source: scratchOf(files, 'output', at) })),
  ];
  for (const { target, source } of scratch) {
    mkdirSync(source, { recursive: true, mode: 0o700 });
    mounts.push({ source, target, isWritable: true });
  }
  for (const { stream, target } of localLogs) {
    mounts.push({ source: files.written[stream], target, isWritable: false });
  }
  return { mounts, links };
};

/** Whether anything of an attempt is to be stored. */
export const hasResults = ({ spec }: TaskLaunch): boolean =>
  (spec.OutputMappings ?? []).length > 0 ||
  Boolean(spec.RedirectInfo?.StdoutRedirectPath || spec.RedirectInfo?.StderrRedirectPath);

/**
 * Stores what an ended attempt leaves: the directories of its OutputMappings and its redirected logs. Doing it twice,
 * after a crash in between, gives the same.
 * @returns what went wrong, or undefined
 */
export const storeResults = async (
  settings: EngineSettings,
  launch: TaskLaunch,
  files: AttemptFiles,
  idx: number,
): Promise<string | undefined> => {
  try {
    const { outputs, logs } = filesOf(launch, idx);
    for (const [at, { remote }] of outputs.entries()) {
      const source = scratchOf(files, 'output', at);
      if ((await statBeneath(source)) === undefined) continue;
      const directory = await openBeneath(settings.storageDir, remote);
      await copyTreeInto(source, directory).finally(() => directory.close());
    }
    for (const { stream, remote, name } of logs) {
      // An empty stream has stayed where it was written.
      const kept = files[stream];
      const source = (await statBeneath(kept)) === undefined ? files.written[stream] : kept;
      if ((await statBeneath(source)) === undefined) continue;
      const directory = await openBeneath(settings.storageDir, remote);
      await copyFileInto(source, directory, name).finally(() => directory.close());
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
