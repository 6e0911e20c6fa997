/** Deletes what an attempt no longer needs once its end is recorded. Its logs stay until the job is deleted. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import type { EngineSettings } from '../../settings.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { removeTree } from '../workspace/remove-tree.ts';
import { cutLog } from './log-ceiling.ts';
import type { Timers } from './timers.ts';

/** Keeps the logs of an attempt that has ended below the limit. */
export const limitLogs = (settings: EngineSettings, files: AttemptFiles): void => {
  for (const file of [files.stdout, files.stderr]) attemptTo(() => cutLog(file, settings.maxLogBytes));
};

/**
 * Deletes the files beside the workspace.
 * @param otherFiles what an earlier version left there
 */
export const removeLaunchFiles = (files: AttemptFiles, otherFiles: readonly string[]): void => {
  for (const file of [files.launch, ...otherFiles]) attemptTo(() => rmSync(file, { force: true }));
};

/** Nothing waits for a removal, and what cannot be removed goes with the job. */
export interface WorkspaceRemoval {
  /**
   * Deletes the working directory of an attempt, an empty one later, and its scratch directories.
   * @param files without `scratch` for an attempt that has none: a search for them may wait for the file system
   */
  remove(files: Pick<AttemptFiles, 'work'> & Partial<Pick<AttemptFiles, 'scratch'>>): void;
}

/** Empty directories are removed when no attempt has ended for so long, in milliseconds. */
const quietMs = 1000;
/** An empty directory takes a block of the disk: 4 MB together. */
const maxEmpty = 1000;

/**
 * Creates the removal. Empty directories are removed late, and one after another: while the file system removes one,
 * nothing can be created beside it, and ext4 without a journal searches past the inode of each for the next minute.
 */
export const createWorkspaceRemoval = (timers: Timers): WorkspaceRemoval => {
  const empty: string[] = [];
  let lastEnd = 0;
  let last = Promise.resolve();
  const removeFirst = (): void => {
    const work = empty.shift();
    if (work === undefined) return;
    last = last
      .then(() => rmdir(work))
      // A process that outlived the attempt wrote to it.
      .catch(() => void removeTree(work));
  };
  const removeWhenQuiet = (): void =>
    timers.once(
      'workspaces',
      () => {
        if (performance.now() < lastEnd + quietMs) removeWhenQuiet();
        else while (empty.length > 0) removeFirst();
      },
      quietMs,
    );
  return {
    remove: ({ work, scratch }) => {
      if (scratch !== undefined && existsSync(scratch)) void removeTree(scratch);
      if (!isEmpty(work)) {
        void removeTree(work);
        return;
      }
      empty.push(work);
      lastEnd = performance.now();
      if (empty.length > maxEmpty) removeFirst();
      removeWhenQuiet();
    },
  };
};

const isEmpty = (directory: string): boolean => {
  try {
    return readdirSync(directory).length === 0;
  } catch {
    return false;
  }
};

const attemptTo = (work: () => void): void => {
  try {
    work();
  } catch {
    // On a read-only file system; the files go with the job.
  }
};
