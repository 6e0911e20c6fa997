/** What an ended attempt leaves: uploads of its OutputMappings and its redirected logs. */
import { join } from 'node:path';
import { type OpenDirectory, openBeneath, statBeneath } from '../../../shared/beneath.ts';
import { attemptLogName } from '../../model/redirect.ts';
import { isAtOrBelow, isPlainName } from '../../model/storage-path.ts';
import type { Stream, TaskFiles } from '../../model/task-files.ts';
import type { EngineSettings } from '../../settings.ts';
import { type AttemptFiles, type AttemptName, attemptFilesOf } from '../../store/instance-files.ts';
import { cutLog } from '../processes/log-ceiling.ts';
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
  attempt: AttemptName,
): Promise<StoredResults> => {
  const skipped: string[] = [];
  try {
    const taskFiles = filesOf(launch, attempt.index);
    await completeLocalLogs(taskFiles, files, skipped);
    const owner = settings.sandbox.user;
    for (const { scratch, names, remote } of taskFiles.outputs) {
      // An attempt that ended before it began has no directories.
      if ((await statBeneath(files.scratch, [scratch])) === undefined) continue;
      const from = await openBeneath(files.scratch, [scratch, ...names]);
      try {
        const to = await openBeneath(settings.storageDir, remote, { create: true, owner });
        const result = await copyTree(from, to, { ownsSource: true, owner }).finally(() => to.close());
        skipped.push(...result.skipped);
      } finally {
        await from.close();
      }
    }
    for (const target of taskFiles.logs) {
      // Here and not only afterwards, so that the stored log is the one whose length the engine reports.
      cutLog(files[target.stream], settings.maxLogBytes);
      const log = await logOf(files, target.stream);
      if (log === undefined) continue;
      const to = await openBeneath(settings.storageDir, target.remote, { create: true, owner });
      try {
        await storeEarlierLogs(settings, target, attempt, to, skipped);
        await copyLog(log, to, target.name);
      } finally {
        await to.close();
      }
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

/**
 * Stores the logs of earlier attempts under separate names before this one takes the documented name. The engine's
 * files are copied instead of renaming what is stored, which may be anything by now.
 */
const storeEarlierLogs = async (
  settings: EngineSettings,
  { stream, remote, name }: TaskFiles['logs'][number],
  attempt: AttemptName,
  to: OpenDirectory,
  skipped: string[],
): Promise<void> => {
  for (let earlier = attempt.attempt - 1; earlier > 0; earlier -= 1) {
    const storedName = attemptLogName(name, earlier);
    if ((await statBeneath(settings.storageDir, [...remote, storedName])) !== undefined) continue;
    const log = await logOf(attemptFilesOf(settings.filesDir, { ...attempt, attempt: earlier }), stream);
    if (log === undefined) continue;
    if (isPlainName(storedName)) await copyLog(log, to, storedName);
    else skipped.push(`the ${stream} of attempt ${earlier} (its name would be too long)`);
  }
};

/** The file of a stream; an attempt that did not begin has none. */
const logOf = async (files: AttemptFiles, stream: Stream): Promise<LogFile | undefined> => {
  const path = files[stream];
  const at = path.lastIndexOf('/');
  const log = { directory: path.slice(0, at), name: path.slice(at + 1) };
  return (await statBeneath(log.directory, [log.name])) === undefined ? undefined : log;
};

const copyLog = async ({ directory, name }: LogFile, to: OpenDirectory, newName: string): Promise<void> => {
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
