/** Deletes the files of deleted jobs, after the answer: a job of many instances has many. */
import { rm } from 'node:fs/promises';
import type { Log } from '../../log.ts';
import type { EngineSettings } from '../settings.ts';
import type { Database } from '../store/database.ts';
import { jobDirOf } from '../store/instance-files.ts';
import { forgetFiles, jobsWithFilesToDelete } from '../store/jobs.ts';

export interface FileRemoval {
  wake(): void;
  stop(): void;
}

/** Starts the removal; what an earlier engine did not finish is taken up. */
export const startFileRemoval = (db: Database, settings: EngineSettings, log: Log): FileRemoval => {
  let busy = false;
  let stopped = false;
  const removeAll = async (): Promise<void> => {
    for (let jobs = jobsWithFilesToDelete(db); jobs.length > 0; jobs = jobsWithFilesToDelete(db)) {
      for (const jobId of jobs) {
        await rm(jobDirOf(settings.dataDir, jobId), { recursive: true, force: true });
        if (stopped) return;
        forgetFiles(db, jobId);
      }
    }
  };
  const wake = (): void => {
    if (busy || stopped || jobsWithFilesToDelete(db).length === 0) return;
    busy = true;
    removeAll()
      .catch((error) =>
        log.warn(`files of deleted jobs could not be removed and are tried later: ${String(error)}`),
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
