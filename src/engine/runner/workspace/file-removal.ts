/** Deletes the files of deleted jobs and ended attempts after the answer: a job with many instances has many. */
import { join } from 'node:path';
import type { Log } from '../../../shared/log.ts';
import type { EngineSettings } from '../../settings.ts';
import type { Database } from '../../store/database.ts';
import { filesToDelete, forgetFile } from '../../store/files-to-delete.ts';
import { removeTree } from './remove-tree.ts';

export interface FileRemoval {
  /** There may be something to remove. */
  wake(): void;
  stop(): void;
}

/** Starts the removal; what an earlier engine did not finish is continued. */
export const startFileRemoval = (db: Database, settings: EngineSettings, log: Log): FileRemoval => {
  let busy = false;
  let stopped = false;
  /** What could not be removed; the next engine tries it again. */
  const failed = new Set<string>();
  const next = (): string | undefined => filesToDelete(db, failed.size + 1).find((path) => !failed.has(path));
  const removeAll = async (): Promise<void> => {
    for (let path = next(); path !== undefined && !stopped; path = next()) {
      const error = await removeTree(join(settings.filesDir, path));
      if (stopped) return;
      if (error === undefined) {
        forgetFile(db, path);
      } else {
        failed.add(path);
        log.warn(`${path} could not be removed and is tried again by the next engine: ${String(error)}`);
      }
    }
  };
  const wake = (): void => {
    if (busy || stopped || next() === undefined) return;
    busy = true;
    removeAll()
      .catch((error) => log.warn(`files that are no longer needed could not be removed: ${String(error)}`))
      .finally(() => {
        busy = false;
      });
  };
  wake();
  return {
    wake,
    stop: () => {
      stopped = true;
    },
  };
};
