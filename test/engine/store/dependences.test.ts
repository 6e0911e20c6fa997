import { afterEach, beforeEach, expect, test } from 'vitest';
import { expandJob, failWaiting, moveSlice, retryFailed } from '../../../src/engine/store/instances.ts';
import { dependencesOfJob, findJob } from '../../../src/engine/store/jobs.ts';
import { endedTasks, findTask, settleTask, tasksOfJob } from '../../../src/engine/store/tasks.ts';
import {
  type DatabaseUnderTest,
  insertTestJob,
  jobId,
  openDatabaseUnderTest,
  taskOf,
} from './database-under-test.ts';

let under: DatabaseUnderTest;
let db: DatabaseUnderTest['db'];
beforeEach(() => {
  under = openDatabaseUnderTest();
  ({ db } = under);
});
afterEach(() => under.close());

/** A job in which `c` waits for `a` (twice) and `b`, and `d` for `c`. */
const createJob = (): number => {
  insertTestJob(
    db,
    ['a', 'b', 'c', 'd'].map((name) => taskOf(name)),
    [
      { StartTask: 'a', EndTask: 'c' },
      { StartTask: 'a', EndTask: 'c' },
      { StartTask: 'b', EndTask: 'c' },
      { StartTask: 'c', EndTask: 'd' },
    ],
  );
  while (expandJob(db, 100, 0) > 0);
  return findJob(db, 'ap-guangzhou', jobId)?.seq ?? 0;
};
const idOf = (job: number, name: string): number => findTask(db, job, name)?.id ?? 0;
const openTasks = (job: number) => tasksOfJob(db, job).flatMap(({ name, open }) => (open ? [name] : []));
const settle = (): void => {
  for (const { task, counts } of endedTasks(db, 100))
    settleTask(db, task, counts.FAILED > 0 ? 'violated' : 'satisfied', 'not run');
  while (moveSlice(db, 100, 0) > 0);
};
/** Ends the only instance of a task. */
const succeed = (task: number): void => {
  db.run("UPDATE instances SET state = 'SUCCEED' WHERE task = ?", task);
  db.run(
    "UPDATE tasks SET state = 'SUCCEED', runnable_count = 0, succeed_count = 1, settling = 1 WHERE id = ?",
    task,
  );
};

test('a task is opened when the last of those it depends on has ended, and edges are returned as submitted', () => {
  const job = createJob();
  expect(dependencesOfJob(db, job).map(({ StartTask, EndTask }) => StartTask + EndTask)).toEqual([
    'ac',
    'ac',
    'bc',
    'cd',
  ]);
  expect(openTasks(job)).toEqual(['a', 'b']);
  succeed(idOf(job, 'a'));
  settle();
  expect(openTasks(job)).toEqual(['a', 'b']);
  succeed(idOf(job, 'b'));
  settle();
  expect(openTasks(job)).toEqual(['a', 'b', 'c']);
  expect(findTask(db, job, 'c')?.state).toBe('RUNNABLE');
});

test('a failure closes all that come after, and RetryJobs opens again what waits for none', () => {
  const job = createJob();
  succeed(idOf(job, 'b'));
  failWaiting(db, idOf(job, 'a'), 0, 'RUNNABLE', 'broken', 0);
  while (endedTasks(db, 1).length > 0) settle();
  const statesOf = () => tasksOfJob(db, job).map(({ name, state }) => `${name} ${state}`);
  expect(statesOf()).toEqual(['a FAILED', 'b SUCCEED', 'c FAILED', 'd FAILED']);
  expect(retryFailed(db, job, 0)).toBe(3);
  settle();
  expect(statesOf()).toEqual(['a RUNNABLE', 'b SUCCEED', 'c PENDING', 'd PENDING']);
  succeed(idOf(job, 'a'));
  settle();
  expect(statesOf()).toEqual(['a SUCCEED', 'b SUCCEED', 'c RUNNABLE', 'd PENDING']);
});

test('the end of a task updates its successors alone', () => {
  const job = createJob();
  succeed(idOf(job, 'a'));
  const before = db.get<{ n: number }>('SELECT total_changes() AS n')?.n ?? 0;
  settle();
  const after = db.get<{ n: number }>('SELECT total_changes() AS n')?.n ?? 0;
  // The task itself, and `c`.
  expect(after - before).toBe(2);
});
