/** Instances as rows: laid out in slices, failed in slices, retried, shown in pages. */
import { assertMove, numberOf, type State, stateOfNumber } from '../model/lifecycle.ts';
import { countMove } from './counts.ts';
import { type Database, transaction } from './database.ts';
import { tellOfInstances } from './job-events.ts';

/** One instance as it stands. */
export interface InstanceRow {
  readonly idx: number;
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
  /** Name of the place it runs in; null: its own. */
  readonly work: string | null;
}

type RawInstance = Omit<InstanceRow, 'state' | 'exitCode' | 'launchTime' | 'runningTime' | 'endTime'> & {
  readonly state: number;
  readonly exit_code: number | null;
  readonly launch_time: number | null;
  readonly running_time: number | null;
  readonly end_time: number | null;
};

const columns =
  'idx, state, attempt, exit_code, reason, detail, launch_time, running_time, end_time, node, machine, work';

const instanceOf = (row: RawInstance): InstanceRow => ({
  idx: row.idx,
  state: stateOfNumber(row.state),
  attempt: row.attempt,
  exitCode: row.exit_code,
  reason: row.reason,
  detail: row.detail,
  launchTime: row.launch_time,
  runningTime: row.running_time,
  endTime: row.end_time,
  node: row.node,
  machine: row.machine,
  work: row.work,
});

/** The instance with that index, or undefined. */
export const findInstance = (db: Database, task: number, idx: number): InstanceRow | undefined => {
  const row = db.get<RawInstance>(`SELECT ${columns} FROM instances WHERE task = ? AND idx = ?`, task, idx);
  return row && instanceOf(row);
};

/** The instances from index `from` on, by index. An index is a place in the key, so no page costs more than another. */
export const instancesFrom = (db: Database, task: number, from: number, limit: number): InstanceRow[] =>
  db
    .all<RawInstance>(
      `SELECT ${columns} FROM instances WHERE task = ? AND idx >= ? ORDER BY idx LIMIT ?`,
      task,
      from,
      limit,
    )
    .map(instanceOf);

/** One page of the instances in any of some states, by index. */
export const instancesInStates = (
  db: Database,
  task: number,
  states: readonly State[],
  offset: number,
  limit: number,
): InstanceRow[] =>
  db
    .all<RawInstance>(
      `SELECT ${columns} FROM instances WHERE task = ? AND state IN (SELECT value FROM json_each(?))
       ORDER BY idx LIMIT ? OFFSET ?`,
      task,
      JSON.stringify(states.map(numberOf)),
      limit,
      offset,
    )
    .map(instanceOf);

/**
 * Lays out up to `most` instances of the oldest job that is not whole yet; each call is one transaction.
 * A task that waits for none begins RUNNABLE, the others PENDING; nothing starts before the job is whole.
 * @returns how many were laid out; 0 when every job is whole
 */
export const expandJob = (db: Database, most: number, now: number): number =>
  transaction(db, () => {
    const job = db.get<{ seq: number }>('SELECT seq FROM jobs WHERE expanded = 0 ORDER BY seq LIMIT 1');
    if (job === undefined) return 0;
    let done = 0;
    const tasks = db.all<{ id: number; expanded: number; instances: number; waits: number }>(
      `SELECT id, expanded, instances, EXISTS (
         SELECT 1 FROM dependences WHERE dependences.job = tasks.job AND end_task = tasks.name) AS waits
       FROM tasks WHERE job = ? AND expanded < instances ORDER BY position`,
      job.seq,
    );
    for (const task of tasks) {
      const number = Math.min(task.instances - task.expanded, most - done);
      if (number === 0) return done;
      const to = task.waits === 1 ? 'PENDING' : 'RUNNABLE';
      assertMove('SUBMITTED', to);
      const end = task.expanded + number;
      db.run(
        `WITH RECURSIVE n (idx) AS (SELECT ? UNION ALL SELECT idx + 1 FROM n WHERE idx + 1 < ?)
         INSERT INTO instances (task, idx, state) SELECT ?, idx, ? FROM n`,
        task.expanded,
        end,
        task.id,
        numberOf(to),
      );
      db.run('UPDATE tasks SET expanded = ? WHERE id = ?', end, task.id);
      countMove(db, task.id, 'SUBMITTED', to, number, now);
      done += number;
      // The rest of this task is for the next turn.
      if (end < task.instances) return done;
    }
    db.run('UPDATE jobs SET expanded = 1, review = 1 WHERE seq = ?', job.seq);
    // A job without instances cannot be submitted, but one row more keeps the caller's loop honest.
    return Math.max(done, 1);
  });

/**
 * Moves up to `most` waiting instances of a task.
 * @returns how many were moved
 */
export const moveWaiting = (
  db: Database,
  task: number,
  from: 'PENDING' | 'RUNNABLE',
  to: 'RUNNABLE' | 'FAILED',
  reason: string | null,
  most: number,
  now: number,
): number => {
  assertMove(from, to);
  const moved = db.all<{ idx: number }>(
    `UPDATE instances SET state = ?, reason = ?, detail = ?, end_time = ? WHERE task = ? AND idx IN (
       SELECT idx FROM instances WHERE task = ? AND state = ? ORDER BY idx LIMIT ?) RETURNING idx`,
    numberOf(to),
    reason,
    reason,
    to === 'FAILED' ? now : null,
    task,
    task,
    numberOf(from),
    most,
  );
  const indexes = moved.map(({ idx }) => idx);
  tellOfInstances(db, task, indexes, to, now);
  countMove(db, task, from, to, moved.length, now);
  return moved.length;
};

/** Fails one waiting instance at once. */
export const failWaiting = (
  db: Database,
  task: number,
  idx: number,
  from: State,
  reason: string,
  now: number,
): void => {
  assertMove(from, 'FAILED');
  db.run(
    'UPDATE instances SET state = ?, reason = ?, detail = ?, end_time = ? WHERE task = ? AND idx = ?',
    numberOf('FAILED'),
    reason,
    reason,
    now,
    task,
    idx,
  );
  tellOfInstances(db, task, [idx], 'FAILED', now);
  countMove(db, task, from, 'FAILED', 1, now);
};

/**
 * Fails up to `most` instances that wait in tasks which are being closed, and releases those of open tasks.
 * @returns how many were moved; 0 when nothing of the kind is left
 */
export const moveSlice = (db: Database, most: number, now: number): number =>
  transaction(db, () => {
    let done = 0;
    const closing = db.all<{ id: number; closing: string }>(
      'SELECT id, closing FROM tasks WHERE closing IS NOT NULL ORDER BY id LIMIT 100',
    );
    for (const task of closing) {
      for (const from of ['PENDING', 'RUNNABLE'] as const) {
        done += moveWaiting(db, task.id, from, 'FAILED', task.closing, most - done, now);
      }
      if (done >= most) return done;
      db.run('UPDATE tasks SET closing = NULL WHERE id = ?', task.id);
    }
    const opened = db.all<{ id: number }>(
      'SELECT id FROM tasks WHERE open = 1 AND n1 > 0 ORDER BY priority DESC, job, position LIMIT 100',
    );
    for (const task of opened) {
      done += moveWaiting(db, task.id, 'PENDING', 'RUNNABLE', null, most - done, now);
      if (done >= most) return done;
    }
    return done;
  });

/**
 * Puts what failed in a job back to wait, with its history taken away; tasks are released again in the order of the
 * job. What succeeded stays as it is.
 * @returns how many instances will run again
 */
export const retryFailed = (db: Database, job: number, now: number): number => {
  assertMove('FAILED', 'PENDING');
  let done = 0;
  for (const { id } of db.all<{ id: number }>('SELECT id FROM tasks WHERE job = ? AND n7 > 0', job)) {
    // `attempt` stays: the files of an attempt are named by it, and the next must not meet those of the last.
    const { changes } = db.run(
      `UPDATE instances SET state = ?, failures = 0, exit_code = NULL, reason = NULL, detail = NULL,
         launch_time = NULL, running_time = NULL, end_time = NULL, pid = NULL, pid_birth = NULL,
         kill_reason = NULL, kill_time = NULL, node = NULL, machine = NULL WHERE task = ? AND state = ?`,
      numberOf('PENDING'),
      id,
      numberOf('FAILED'),
    );
    db.run('UPDATE tasks SET open = 0, closing = NULL WHERE id = ?', id);
    db.run(
      'DELETE FROM samples WHERE task = ? AND idx IN (SELECT idx FROM instances WHERE task = ? AND state = ?)',
      id,
      id,
      numberOf('PENDING'),
    );
    countMove(db, id, 'FAILED', 'PENDING', changes, now);
    done += changes;
  }
  db.run('UPDATE jobs SET review = 1 WHERE seq = ?', job);
  return done;
};
