import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLocalBackend } from '../../../src/engine/runner/local-backend.ts';
import { startLoop } from '../../../src/engine/runner/loop.ts';
import { createSettings } from '../../../src/engine/settings.ts';
import { type Database, openDatabase, type SqlValue } from '../../../src/engine/store/database.ts';
import { findJob, insertJob } from '../../../src/engine/store/jobs.ts';
import { migrate } from '../../../src/engine/store/migrations.ts';
import { createLog } from '../../../src/shared/log.ts';
import { makeDataDir, removeDir, until } from '../running-engine.ts';

let dataDir: string;
let db: Database;
beforeEach(() => {
  dataDir = makeDataDir();
  db = openDatabase(join(dataDir, 'test.db'));
  migrate(db);
});
afterEach(() => {
  db.close();
  removeDir(dataDir);
});

test('no turn of the loop scans the table of instances, jobs or tasks', async () => {
  const asked = new Map<string, readonly SqlValue[]>();
  const noting =
    <R>(work: (sql: string, ...values: readonly SqlValue[]) => R) =>
    (sql: string, ...values: readonly SqlValue[]): R => {
      asked.set(sql, values);
      return work(sql, ...values);
    };
  const noted = { ...db, run: noting(db.run), get: noting(db.get), all: noting(db.all) } as Database;
  insertJob(db, {
    ...{ region: 'ap-guangzhou', jobId: 'job-00000001', name: 'test', zone: 'ap-guangzhou-3', priority: 0 },
    ...{ dependOn: 'PRE_TASK_SUCCEED', placement: '{}', submission: '{}', notifications: undefined },
    ...{ createTime: 0, tags: [], dependences: [] },
    tasks: [
      {
        ...{
          name: 'work',
          instances: 5,
          envId: undefined,
          maxConcurrent: 10,
          maxRetry: 1,
          timeoutMs: 60_000,
        },
        spec: JSON.stringify({ Application: { Command: 'exit $BATCH_TASK_INSTANCE_INDEX' } }),
        failedAction: 'TERMINATE',
      },
    ],
  });
  const settings = createSettings({
    ...{ dataDir, engineId: 'test', slots: 2 },
    sandbox: { mode: 'none', reason: '', network: true, prefix: [] },
    environment: { PATH: process.env.PATH ?? '' },
  });
  const newId = () => `ins-${randomUUID()}`;
  const loop = startLoop({
    db: noted,
    settings,
    now: Date.now,
    monotonic: () => performance.now(),
    createBackend: (wake) => createLocalBackend({ db: noted, settings, now: Date.now, wake }),
    newId,
    log: createLog('error'),
    advance: () => false,
  });
  const state = await until('the job has ended', () => {
    const job = findJob(db, 'ap-guangzhou', 'job-00000001');
    return job?.endTime === null ? undefined : job?.state;
  });
  loop.stop();
  expect(state).toBe('FAILED');
  const plans = [...asked]
    .filter(([sql]) => /^\s*(SELECT|UPDATE|DELETE|INSERT|WITH)/.test(sql))
    .flatMap(([sql, values]) =>
      db
        .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values)
        .map(({ detail }) => ({ sql, detail })),
    );
  expect(plans.length).toBeGreaterThan(20);
  // An index of just the rows in question may be read whole; one of all rows may not.
  const whole = /^SCAN (instances|jobs|tasks)(?! USING (COVERING )?INDEX (jobs_to_|tasks_))/;
  expect(plans.filter(({ detail }) => whole.test(detail))).toEqual([]);
});
