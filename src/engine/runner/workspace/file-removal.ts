/** Deletes the files of deleted jobs and released scenes, after the answer: a job of many instances has many. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../../shared/log.ts';
import type { EngineSettings } from '../../settings.ts';
import type { Database } from '../../store/database.ts';
import { filesToDelete, forgetFile } from '../../store/files-to-delete.ts';

export interface FileRemoval {
  wake(): void;
  stop(): void;
}

/** Starts the removal; what an earlier engine did not finish is taken up. */
export const startFileRemoval = (db: Database, settings: EngineSettings, log: Log): FileRemoval => {
  let busy = false;
  let stopped = false;
  const removeAll = async (): Promise<void> => {
    for (let paths = filesToDelete(db); paths.length > 0; paths = filesToDelete(db)) {
      for (const path of paths) {
        await rm(join(settings.dataDir, path), { recursive: true, force: true });
        if (stopped) return;
        forgetFile(db, path);
      }
    }
  };
  const wake = (): void => {
    if (busy || stopped || filesToDelete(db).length === 0) return;
    busy = true;
    removeAll()
      .catch((error) =>
        log.warn(
          `files that are no longer needed could not be removed and are tried later: ${String(error)}`,
        ),
      )
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
