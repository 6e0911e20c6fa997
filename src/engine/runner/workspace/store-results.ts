/** What an ended attempt leaves: uploads of its OutputMappings and its redirected logs. */
import { join } from 'node:path';
import { isAtOrBelow } from '../../model/storage-path.ts';
import type { Stream, TaskFiles } from '../../model/task-files.ts';
import type { EngineSettings } from '../../settings.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { openBeneath, statBeneath } from './beneath.ts';
import { copyFile, copyTree } from './copy.ts';
import { filesOf } from './prepare-attempt.ts';
import type { TaskLaunch } from './task-launch.ts';

/** Whether anything of an attempt is stored. */
export const hasResults = ({ spec }: TaskLaunch): boolean =>
  (spec.OutputMappings ?? []).length > 0 ||
  Boolean(spec.RedirectInfo?.StdoutRedirectPath || spec.RedirectInfo?.StderrRedirectPath);

export interface StoredResults {
  /** Why not everything was stored. */
  readonly fault?: string;
  /** Single files that were left out, with their reasons; the rest was stored. */
  readonly skipped?: string;
}

/** More names would not fit into a reason that a person reads. */
const maxNamedFiles = 5;

/** Stores the results of an ended attempt. Repeating it, after a crash in between, gives the same. */
export const storeResults = async (
  settings: EngineSettings,
  launch: TaskLaunch,
  files: AttemptFiles,
  idx: number,
): Promise<StoredResults> => {
  const skipped: string[] = [];
  try {
    const taskFiles = filesOf(launch, idx);
    await completeLocalLogs(taskFiles, files, skipped);
    const owner = settings.sandbox.user;
    for (const { scratch, names, remote } of taskFiles.outputs) {
      // An attempt that ended before it began has no directories.
      if ((await statBeneath(files.scratch, [scratch])) === undefined) continue;
      const from = await openBeneath(files.scratch, [scratch, ...names]);
      try {
        const to = await openBeneath(settings.storageDir, remote, { create: true, owner });
        const result = await copyTree(from, to, { ownsSource: true }).finally(() => to.close());
        skipped.push(...result.skipped);
      } finally {
        await from.close();
      }
    }
    for (const { stream, remote, name } of taskFiles.logs) {
      const log = await logOf(files, stream);
      if (log === undefined) continue;
      const to = await openBeneath(settings.storageDir, remote, { create: true, owner });
      await copyLog(log, to, name).finally(() => to.close());
    }
    return skipped.length === 0 ? {} : { skipped: listOf(skipped) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
};

const listOf = (names: readonly string[]): string => {
  const more = names.length - maxNamedFiles;
  return `${names.slice(0, maxNamedFiles).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

interface LogFile {
  readonly directory: string;
  readonly name: string;
}

/** The file of a stream; an attempt that did not begin has none. */
const logOf = async (files: AttemptFiles, stream: Stream): Promise<LogFile | undefined> => {
  const path = files[stream];
  const at = path.lastIndexOf('/');
  const log = { directory: path.slice(0, at), name: path.slice(at + 1) };
  return (await statBeneath(log.directory, [log.name])) === undefined ? undefined : log;
};

const copyLog = async (
  { directory, name }: LogFile,
  to: Parameters<typeof copyFile>[2],
  newName: string,
): Promise<void> => {
  const from = await openBeneath(directory, []);
  await copyFile(from, name, to, newName).finally(() => from.close());
};

/** A log that RedirectLocalInfo shows in an uploaded directory was mounted there; the file below the mount is empty. */
const completeLocalLogs = async (
  taskFiles: TaskFiles,
  files: AttemptFiles,
  skipped: string[],
): Promise<void> => {
  for (const { stream, target } of taskFiles.localLogs) {
    const scratch = taskFiles.scratch.find((each) => isAtOrBelow(target, each.target));
    const log = scratch && (await logOf(files, stream));
    if (scratch === undefined || log === undefined) continue;
    const names = target
      .slice(scratch.target.length)
      .split('/')
      .filter((name) => name !== '');
    try {
      const to = await openBeneath(join(files.scratch, scratch.name), names.slice(0, -1));
      await copyLog(log, to, names.at(-1) ?? '').finally(() => to.close());
    } catch (error) {
      skipped.push(`${target} (${error instanceof Error ? error.message : String(error)})`);
    }
  }
};
