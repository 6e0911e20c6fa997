/** A database without an engine, and the smallest jobs to put into it. */
import { join } from 'node:path';
import { type Database, openDatabase } from '../../../src/engine/store/database.ts';
import { insertJob } from '../../../src/engine/store/jobs.ts';
import { migrate } from '../../../src/engine/store/migrations.ts';
import { makeDataDir, removeDir } from '../running-engine.ts';

export interface DatabaseUnderTest {
  readonly db: Database;
  readonly dataDir: string;
  close(): void;
}

type NewJob = Parameters<typeof insertJob>[1];
type NewTask = NewJob['tasks'][number];

/** An empty database in a directory that `close` removes. */
export const openDatabaseUnderTest = (): DatabaseUnderTest => {
  const dataDir = makeDataDir();
  const db = openDatabase(join(dataDir, 'test.db'));
  migrate(db);
  return {
    db,
    dataDir,
    close: () => {
      db.close();
      removeDir(dataDir);
    },
  };
};

export const taskOf = (name: string, more: Partial<NewTask> = {}): NewTask => ({
  ...{ name, spec: '{}', instances: 1, envId: undefined },
  ...{ maxConcurrent: 10, maxRetry: 0, timeoutMs: 3_600_000, failedAction: 'TERMINATE' },
  ...more,
});

export const jobId = 'job-00000001';

/** Inserts a job with the id `jobId` in the region ap-guangzhou. */
export const insertTestJob = (
  db: Database,
  tasks: readonly NewTask[],
  dependences: NewJob['dependences'] = [],
): void =>
  insertJob(db, {
    ...{ region: 'ap-guangzhou', jobId, name: 'test', zone: 'ap-guangzhou-3', priority: 0 },
    ...{ dependOn: 'PRE_TASK_SUCCEED', placement: '{}', submission: '{}', notifications: undefined },
    ...{ createTime: 0, tags: [], tasks, dependences },
  });
