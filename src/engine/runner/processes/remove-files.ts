/** Removes what an attempt no longer needs once its end is recorded. Its logs stay until the job is deleted. */
import { existsSync, rmdirSync, rmSync } from 'node:fs';
import type { EngineSettings } from '../../settings.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { removeTree } from '../workspace/remove-tree.ts';
import { cutLog } from './log-ceiling.ts';

/**
 * As in the cloud, the machine of an ended attempt is gone with everything on it.
 * @param otherFiles what an earlier version left beside the workspace
 * @param isRetained whether the workspace stays for a person to inspect; then only the status and launch files go
 */
export const removeAttemptFiles = (
  settings: EngineSettings,
  files: AttemptFiles,
  isRetained: boolean,
  otherFiles: readonly string[],
): void => {
  for (const file of [files.stdout, files.stderr]) attemptTo(() => cutLog(file, settings.maxLogBytes));
  for (const file of [files.launch, files.status]) attemptTo(() => rmSync(file, { force: true }));
  if (isRetained) return;
  for (const file of otherFiles) attemptTo(() => rmSync(file, { force: true }));
  removeWorkspace(files);
};

/** Deletes the working directory and the scratch directories of an attempt that has ended. */
export const removeWorkspace = ({ work, scratch }: AttemptFiles): void => {
  try {
    // An empty directory goes at once, which costs less than the general case.
    rmdirSync(work);
  } catch {
    // Nothing waits for it; what cannot be removed goes with the job.
    void removeTree(work);
  }
  if (existsSync(scratch)) void removeTree(scratch);
};

const attemptTo = (work: () => void): void => {
  try {
    work();
  } catch {
    // On a read-only file system; the files go with the job.
  }
};
