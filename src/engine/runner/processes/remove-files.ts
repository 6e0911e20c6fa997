/** Deletes what an attempt no longer needs once its end is recorded. Its logs stay until the job is deleted. */
import { existsSync, rmSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import type { EngineSettings } from '../../settings.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { removeTree } from '../workspace/remove-tree.ts';
import { cutLog } from './log-ceiling.ts';

/**
 * Deletes the files beside the workspace.
 * @param otherFiles what an earlier version left beside the workspace
 */
export const removeAttemptFiles = (
  settings: EngineSettings,
  files: AttemptFiles,
  otherFiles: readonly string[],
): void => {
  for (const file of [files.stdout, files.stderr]) attemptTo(() => cutLog(file, settings.maxLogBytes));
  for (const file of [files.launch, ...otherFiles]) attemptTo(() => rmSync(file, { force: true }));
};

/**
 * Creates the function that deletes the working directory and the scratch directories of an attempt that has ended.
 * Nothing waits for it, and what cannot be removed goes with the job. Empty directories are removed one after another:
 * the file system may need milliseconds for one, and while it removes one, nothing can be created beside it.
 */
export const createWorkspaceRemoval = (): ((files: AttemptFiles) => void) => {
  let last = Promise.resolve();
  return ({ work, scratch }) => {
    last = last
      .then(() => rmdir(work))
      .catch(() => {
        // It is not empty. A large tree does not hold up the others.
        void removeTree(work);
      });
    if (existsSync(scratch)) void removeTree(scratch);
  };
};

const attemptTo = (work: () => void): void => {
  try {
    work();
  } catch {
    // On a read-only file system; the files go with the job.
  }
};
