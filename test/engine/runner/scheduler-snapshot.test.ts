import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveAttempts } from '../../../src/engine/runner/live-attempt.ts';
import { createSights } from '../../../src/engine/runner/scheduler-snapshot.ts';
import { createSettings } from '../../../src/engine/settings.ts';
import { killJob, markRunning, markStarting } from '../../../src/engine/store/attempts.ts';
import { type Database, openDatabase } from '../../../src/engine/store/database.ts';
import { expandJob, moveSlice } from '../../../src/engine/store/instances.ts';
import { findJob, insertJob } from '../../../src/engine/store/jobs.ts';
import { migrate } from '../../../src/engine/store/migrations.ts';
import { openTask, tasksOfJob } from '../../../src/engine/store/tasks.ts';
import { makeDataDir, removeDir } from '../running-engine.ts';

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

const jobOf = (jobId: string) => ({
  ...{ region: 'ap-guangzhou', jobId, name: 'test', zone: 'ap-guangzhou-3', priority: 0 },
  ...{ dependOn: 'PRE_TASK_SUCCEED', placement: '{}', submission: '{}', notifications: undefined },
  ...{ createTime: 0, tags: [], dependences: [] },
  tasks: [
    {
      ...{ name: 'work', spec: '{}', instances: 1, envId: undefined },
      ...{ maxConcurrent: 10, maxRetry: 0, timeoutMs: 1000, failedAction: 'TERMINATE' },
    },
  ],
});
const nothingPending = {
  layOut: false,
  move: false,
  review: false,
  envs: false,
  start: false,
  advance: false,
  held: 0,
};

test('a process that begins after its job was terminated is still seen as one to be ended', () => {
  insertJob(db, jobOf('job-00000001'));
  const job = findJob(db, 'ap-guangzhou', 'job-00000001');
  const seq = job?.seq ?? 0;
  expandJob(db, 10, 0);
  const task = tasksOfJob(db, seq)[0]?.id ?? 0;
  openTask(db, task);
  moveSlice(db, 10, 0);
  // Nothing of it lives as far as the list of processes knows; that is all that is asked of the list here.
  const lives = { get: () => undefined, ahead: { most: () => 0 } } as unknown as LiveAttempts;
  const sights = createSights(db, createSettings({ dataDir, engineId: 'test' }), lives);
  const attempt = markStarting(db, task, 0, 'ins-00000001', undefined, undefined, 1);
  const reasonOf = () => sights.look(2, nothingPending, true, []).active[0]?.killReason;
  expect(reasonOf()).toBe(undefined);

  // What a handler does: it writes, and tells the loop that something has changed.
  killJob(db, seq, 'terminated', 2);
  sights.forget();
  expect(reasonOf()).toBe('terminated');

  // The news that the process has begun carries the attempt as it was before.
  markRunning(db, attempt, 4711, 'birth', 3);
  const { killReason, state, pid } =
    sights.look(4, nothingPending, true, [{ attempt, pid: 4711, birth: 'birth' }]).active[0] ?? {};
  expect({ killReason, state, pid }).toEqual({ killReason: 'terminated', state: 'RUNNING', pid: 4711 });
});
