import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLocalBackend } from '../../../src/engine/runner/local-backend.ts';
import { startLoop } from '../../../src/engine/runner/loop.ts';
import { createSettings } from '../../../src/engine/settings.ts';
import type { Database, SqlValue } from '../../../src/engine/store/database.ts';
import { findJob } from '../../../src/engine/store/jobs.ts';
import { createLog } from '../../../src/shared/log.ts';
import { until } from '../running-engine.ts';
import {
  type DatabaseUnderTest,
  insertTestJob,
  jobId,
  openDatabaseUnderTest,
  taskOf,
} from '../store/database-under-test.ts';

let under: DatabaseUnderTest;
beforeEach(() => {
  under = openDatabaseUnderTest();
});
afterEach(() => under.close());

test('no turn of the loop scans the table of instances, jobs or tasks', async () => {
  const { db, dataDir } = under;
  const asked = new Map<string, readonly SqlValue[]>();
  const noting =
    <R>(work: (sql: string, ...values: readonly SqlValue[]) => R) =>
    (sql: string, ...values: readonly SqlValue[]): R => {
      asked.set(sql, values);
      return work(sql, ...values);
    };
  const noted = { ...db, run: noting(db.run), get: noting(db.get), all: noting(db.all) } as Database;
  const spec = JSON.stringify({ Application: { Command: 'exit $BATCH_TASK_INSTANCE_INDEX' } });
  insertTestJob(db, [taskOf('work', { spec, instances: 5, maxRetry: 1, timeoutMs: 60_000 })]);
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
    const job = findJob(db, 'ap-guangzhou', jobId);
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
