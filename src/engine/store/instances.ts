/** Instances: expanded in slices, failed in slices, retried, listed in pages. */
import { assertTransition, type State } from '../model/lifecycle.ts';
import { recordTransition } from './counts.ts';
import { type Database, transaction } from './database.ts';
import { recordInstanceEvents } from './job-events.ts';
import { countBlockers } from './jobs.ts';
import { openUnblocked } from './tasks.ts';

/** A stored instance. */
export interface InstanceRow {
  readonly index: number;
  readonly state: State;
  /** How many times it was started; 0: never. */
  readonly attempt: number;
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly launchTime: number | null;
  readonly runningTime: number | null;
  readonly endTime: number | null;
  readonly node: string | null;
  /** `ins-…` of the machine it ran on. */
  readonly machine: string | null;
}

const columns = `instance_index AS "index", state, attempt, exit_code AS exitCode, reason, detail,
  launch_time AS launchTime, running_time AS runningTime, end_time AS endTime, node, machine`;

/** The instance with that index, or undefined. */
export const findInstance = (db: Database, task: number, index: number): InstanceRow | undefined =>
  db.get<InstanceRow>(`SELECT ${columns} FROM instances WHERE task = ? AND instance_index = ?`, task, index);

/** The instances from index `from` on, by index. The index is part of the key, so every page costs the same. */
export const instancesFrom = (db: Database, task: number, from: number, limit: number): InstanceRow[] =>
  db.all<InstanceRow>(
    `SELECT ${columns} FROM instances WHERE task = ? AND instance_index >= ? ORDER BY instance_index LIMIT +?`,
    task,
    from,
    limit,
  );

/** One page of the instances in any of some states, by index. */
export const instancesInStates = (
  db: Database,
  task: number,
  states: readonly State[],
  offset: number,
  limit: number,
): InstanceRow[] =>
  db.all<InstanceRow>(
    `SELECT ${columns} FROM instances WHERE task = ? AND state IN (SELECT value FROM json_each(?))
     ORDER BY instance_index LIMIT +? OFFSET +?`,
    task,
    JSON.stringify(states),
    limit,
    offset,
  );

/**
 * Creates up to `limit` instances of the oldest job that is not expanded completely; each call is one transaction.
 * Instances of a task that waits for no other begin RUNNABLE, the others PENDING; nothing starts before the job is
 * complete.
 * @returns how many were created; 0 if every job is complete
 */
export const expandJob = (db: Database, limit: number, now: number): number =>
  transaction(db, () => {
    const job = db.get<{ seq: number }>('SELECT seq FROM jobs WHERE expanded = 0 ORDER BY seq LIMIT 1');
    if (job === undefined) return 0;
    let done = 0;
    const tasks = db.all<TaskToExpand>(
      'SELECT id, expanded, instances, blockers FROM tasks WHERE job = ? AND expanded < instances ORDER BY position',
      job.seq,
    );
    for (const task of tasks) {
      const number = Math.min(task.instances - task.expanded, limit - done);
      if (number === 0) return done;
      expandTask(db, task, number, now);
      done += number;
      // The rest of this task is for the next slice.
      if (task.expanded + number < task.instances) return done;
    }
    db.run('UPDATE jobs SET expanded = 1 WHERE seq = ?', job.seq);
    openUnblocked(db, job.seq);
    // A job without instances cannot be submitted; if there is one, this is progress all the same.
    return Math.max(done, 1);
  });

interface TaskToExpand {
  readonly id: number;
  readonly expanded: number;
  readonly instances: number;
  readonly blockers: number;
}

const expandTask = (db: Database, task: TaskToExpand, number: number, now: number): void => {
  const to = task.blockers > 0 ? 'PENDING' : 'RUNNABLE';
  assertTransition('SUBMITTED', to);
  const end = task.expanded + number;
  db.run(
    `WITH RECURSIVE n (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
     INSERT INTO instances (task, instance_index, state) SELECT ?, i, ? FROM n`,
    task.expanded,
    end,
    task.id,
    to,
  );
  db.run('UPDATE tasks SET expanded = ? WHERE id = ?', end, task.id);
  recordTransition(db, task.id, 'SUBMITTED', to, number, now);
};

/**
 * Moves up to `limit` waiting instances of a task.
 * @returns how many were moved
 */
const moveWaiting = (
  db: Database,
  task: number,
  from: 'PENDING' | 'RUNNABLE',
  to: 'RUNNABLE' | 'FAILED',
  reason: string | null,
  limit: number,
  now: number,
): number => {
  assertTransition(from, to);
  const moved = db.all<{ index: number }>(
    `UPDATE instances SET state = ?, reason = ?, detail = ?, end_time = ? WHERE task = ? AND instance_index IN (
       SELECT instance_index FROM instances WHERE task = ? AND state = ? ORDER BY instance_index LIMIT +?)
     RETURNING instance_index AS "index"`,
    to,
    reason,
    reason,
    to === 'FAILED' ? now : null,
    task,
    task,
    from,
    limit,
  );
  const indexes = moved.map(({ index }) => index);
  recordInstanceEvents(db, task, indexes, to, now);
  recordTransition(db, task, from, to, moved.length, now);
  return moved.length;
};

/** Fails one waiting instance at once. */
export const failWaiting = (
  db: Database,
  task: number,
  index: number,
  from: State,
  reason: string,
  now: number,
): void => {
  assertTransition(from, 'FAILED');
  db.run(
    `UPDATE instances SET state = 'FAILED', reason = ?, detail = ?, end_time = ?
     WHERE task = ? AND instance_index = ?`,
    reason,
    reason,
    now,
    task,
    index,
  );
  recordInstanceEvents(db, task, [index], 'FAILED', now);
  recordTransition(db, task, from, 'FAILED', 1, now);
};

/** Tasks that one slice looks at; the rest follow in the next. */
const tasksPerSlice = 100;

/**
 * Fails up to `limit` waiting instances of tasks that are being closed, and makes those of open tasks RUNNABLE.
 * @returns how many were moved; 0 if there are none left
 */
export const moveSlice = (db: Database, limit: number, now: number): number =>
  transaction(db, () => {
    let done = 0;
    const closing = db.all<{ id: number; reason: string }>(
      'SELECT id, close_reason AS reason FROM tasks WHERE close_reason IS NOT NULL ORDER BY id LIMIT +?',
      tasksPerSlice,
    );
    for (const task of closing) {
      for (const from of ['PENDING', 'RUNNABLE'] as const) {
        done += moveWaiting(db, task.id, from, 'FAILED', task.reason, limit - done, now);
      }
      if (done >= limit) return done;
      db.run('UPDATE tasks SET close_reason = NULL WHERE id = ?', task.id);
    }
    const opened = db.all<{ id: number }>(
      'SELECT id FROM tasks WHERE open = 1 AND pending_count > 0 ORDER BY priority DESC, job, position LIMIT +?',
      tasksPerSlice,
    );
    for (const task of opened) {
      done += moveWaiting(db, task.id, 'PENDING', 'RUNNABLE', null, limit - done, now);
      if (done >= limit) return done;
    }
    // A closed task without waiting instances is progress, too.
    return done + closing.length;
  });

/**
 * Returns the failed instances of a job to PENDING; their attempts move to the history. Tasks are opened again in the
 * order of the dependences. What succeeded stays as it is.
 * @returns how many instances will run again
 */
export const retryFailed = (db: Database, jobSeq: number, now: number): number => {
  assertTransition('FAILED', 'PENDING');
  let done = 0;
  const failed = db.all<{ id: number }>('SELECT id FROM tasks WHERE job = ? AND failed_count > 0', jobSeq);
  for (const { id } of failed) {
    db.run(
      `INSERT OR REPLACE INTO attempts (task, instance_index, attempt, exit_code, reason, detail, launch_time,
         running_time, end_time, node, machine)
       SELECT task, instance_index, attempt, exit_code, reason, detail, launch_time, running_time, end_time, node, machine
       FROM instances WHERE task = ? AND state = 'FAILED' AND launch_time IS NOT NULL`,
      id,
    );
    db.run(
      `DELETE FROM samples WHERE task = ? AND instance_index IN (
         SELECT instance_index FROM instances WHERE task = ? AND state = 'FAILED')`,
      id,
      id,
    );
    // The attempt number stays: it names the files of the attempts, which are part of the history.
    const { changes } = db.run(
      `UPDATE instances SET state = 'PENDING', failures = 0, machine_failures = 0, exit_code = NULL, reason = NULL,
         detail = NULL, launch_time = NULL, running_time = NULL, end_time = NULL, handle = NULL, kill_reason = NULL,
         kill_time = NULL, node = NULL, machine = NULL WHERE task = ? AND state = 'FAILED'`,
      id,
    );
    db.run('UPDATE tasks SET open = 0, close_reason = NULL, backoff_until = NULL WHERE id = ?', id);
    recordTransition(db, id, 'FAILED', 'PENDING', changes, now);
    done += changes;
  }
  db.run('UPDATE tasks SET settling = 0 WHERE job = ?', jobSeq);
  countBlockers(db, jobSeq);
  openUnblocked(db, jobSeq);
  return done;
};
