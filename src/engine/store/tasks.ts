/**
 * Tasks: found, opened, closed, and listed in the order in which they are served. `schema/step-2-jobs.ts` says what open
 * means; to close a task is to fail its waiting instances.
 */
import type { TaskExecutionDependOn } from '../model/dependences.ts';
import type { Counts, State } from '../model/lifecycle.ts';
import type { EndedTask } from '../model/scheduler.ts';
import { type CountColumns, countColumns, countsOfRow } from './counts.ts';
import type { Database } from './database.ts';

export interface TaskRow {
  readonly id: number;
  /** The key of the job's row, `jobs.seq`; its JobId is `jobs.job_id`. */
  readonly jobSeq: number;
  readonly position: number;
  readonly name: string;
  /** JSON of the `Task` as submitted. */
  readonly spec: string;
  readonly instances: number;
  readonly envId: string | undefined;
  readonly maxConcurrent: number;
  /** Its dependences are satisfied; its instances may become RUNNABLE. */
  readonly open: boolean;
  readonly state: State;
  readonly endTime: number | null;
  /** How many instances are in each state. */
  readonly counts: Counts;
}

interface RawTask extends CountColumns {
  readonly id: number;
  readonly job: number;
  readonly position: number;
  readonly name: string;
  readonly spec: string;
  readonly instances: number;
  readonly env_id: string | null;
  readonly max_concurrent: number;
  readonly open: number;
  readonly state: State;
  readonly end_time: number | null;
}

const columns = `id, job, position, name, spec, instances, env_id, max_concurrent, open, state, end_time,
  ${countColumns}`;

const taskOf = (row: RawTask): TaskRow => ({
  id: row.id,
  jobSeq: row.job,
  position: row.position,
  name: row.name,
  spec: row.spec,
  instances: row.instances,
  envId: row.env_id ?? undefined,
  maxConcurrent: row.max_concurrent,
  open: row.open === 1,
  state: row.state,
  endTime: row.end_time,
  counts: countsOfRow(row),
});

/** The tasks of a job, as submitted. */
export const tasksOfJob = (db: Database, jobSeq: number): TaskRow[] =>
  db.all<RawTask>(`SELECT ${columns} FROM tasks WHERE job = ? ORDER BY position`, jobSeq).map(taskOf);

/** The task of that name, or undefined. */
export const findTask = (db: Database, jobSeq: number, name: string): TaskRow | undefined => {
  const row = db.get<RawTask>(`SELECT ${columns} FROM tasks WHERE job = ? AND name = ?`, jobSeq, name);
  return row && taskOf(row);
};

/** @throws Error if there is none: a caller that has the id has read the row */
export const taskOfId = (db: Database, id: number): TaskRow => {
  const row = db.get<RawTask>(`SELECT ${columns} FROM tasks WHERE id = ?`, id);
  if (row === undefined) throw new Error(`There is no task ${id}.`);
  return taskOf(row);
};

/** Whether the node of a task is to be restarted after each instance. */
export const restartsNode = (db: Database, task: number): boolean =>
  db.get(`SELECT 1 FROM tasks WHERE id = ? AND json_extract(spec, '$.RestartComputeNode') = 1`, task) !==
  undefined;

/** Whether a task that has not ended runs in an environment. */
export const isEnvInUse = (db: Database, region: string, envId: string): boolean =>
  db.get(
    `SELECT 1 FROM tasks JOIN jobs ON jobs.seq = tasks.job
     WHERE tasks.env_id = ? AND jobs.region = ? AND tasks.end_time IS NULL LIMIT 1`,
    envId,
    region,
  ) !== undefined;

/** A task that may start instances. */
export interface QueuedTask {
  readonly id: number;
  readonly region: string;
  readonly envId: string | undefined;
  readonly runnable: number;
  readonly active: number;
  readonly maxConcurrent: number;
}

/**
 * Tasks with instances to start that MaxConcurrentNum allows, highest priority first, then oldest job. A task that backs
 * off after a failure of the machine is left out.
 * @param fullEnvs environments (`region/EnvId`) without a free node: their tasks are left out, so that they do not
 *   crowd out what could run
 * @param soldOutZones zones in which no machine can be created: elastic tasks that wait for one are left out
 */
export const readyTasks = (
  db: Database,
  fullEnvs: readonly string[],
  soldOutZones: readonly string[],
  limit: number,
): QueuedTask[] => {
  // In the usual turn nothing is full; two conditions that filter nothing would cost more than all the rest.
  const isEnvFree = `(tasks.env_id IS NULL OR jobs.region || '/' || tasks.env_id NOT IN (SELECT value FROM json_each(?)))`;
  const isZoneOpen = `NOT (tasks.env_id IS NULL AND jobs.zone IN (SELECT value FROM json_each(?))
    AND json_extract(jobs.submission, '$.StateIfCreateCvmFailed') IS 'RUNNABLE')`;
  const conditions = [
    ...(fullEnvs.length > 0 ? [{ sql: isEnvFree, value: JSON.stringify(fullEnvs) }] : []),
    ...(soldOutZones.length > 0 ? [{ sql: isZoneOpen, value: JSON.stringify(soldOutZones) }] : []),
  ];
  const active = 'tasks.starting_count + tasks.running_count + tasks.failed_interrupted_count';
  return db
    .all<Omit<QueuedTask, 'envId'> & { readonly envId: string | null }>(
      `SELECT tasks.id, jobs.region, tasks.env_id AS envId, tasks.runnable_count AS runnable, ${active} AS active,
         tasks.max_concurrent AS maxConcurrent
       FROM tasks JOIN jobs ON jobs.seq = tasks.job
       WHERE tasks.open = 1 AND tasks.runnable_count > 0 AND ${active} < tasks.max_concurrent
         AND tasks.backoff_until IS NULL ${conditions.map(({ sql }) => `AND ${sql}`).join(' ')}
       ORDER BY tasks.priority DESC, tasks.job, tasks.position LIMIT +?`,
      ...conditions.map(({ value }) => value),
      limit,
    )
    .map((row) => ({ ...row, envId: row.envId ?? undefined }));
};

/** Environments that open tasks wait for. */
export const envsWaitedFor = (db: Database): { region: string; envId: string }[] =>
  db.all<{ region: string; envId: string }>(
    `SELECT DISTINCT jobs.region AS region, tasks.env_id AS envId FROM tasks JOIN jobs ON jobs.seq = tasks.job
     WHERE tasks.env_id IS NOT NULL AND tasks.open = 1 AND tasks.runnable_count > 0`,
  );

/** Tasks that have ended and whose successors have not been updated. */
export const endedTasks = (db: Database, limit: number): EndedTask[] =>
  db
    .all<CountColumns & { task: number; dependOn: TaskExecutionDependOn }>(
      `SELECT tasks.id AS task, jobs.depend_on AS dependOn,
         ${countColumns
           .split(', ')
           .map((name) => `tasks.${name}`)
           .join(', ')}
       FROM tasks JOIN jobs ON jobs.seq = tasks.job WHERE settling = 1 ORDER BY tasks.id LIMIT +?`,
      limit,
    )
    .map((row) => ({ task: row.task, dependOn: row.dependOn, counts: countsOfRow(row) }));

/**
 * Updates the successors of a task that has ended. Costs as much as it has successors.
 * @param effect `satisfied`: a successor that waits for no other task is opened; `violated`: all are closed
 * @param reason why they are closed
 */
export const settleTask = (
  db: Database,
  task: number,
  effect: 'satisfied' | 'violated',
  reason: string,
): void => {
  db.run('UPDATE tasks SET settling = 0 WHERE id = ?', task);
  if (effect === 'satisfied') {
    // SQLite evaluates the right sides with the old values: 1 means that this was the last blocker.
    db.run(
      `UPDATE tasks SET blockers = blockers - 1, open = max(open, blockers = 1 AND close_reason IS NULL)
       WHERE id IN (SELECT end_task FROM dependences WHERE start_task = ?)`,
      task,
    );
    return;
  }
  db.run(
    `UPDATE tasks SET open = 0, close_reason = ? WHERE id IN (SELECT end_task FROM dependences WHERE start_task = ?)
     AND open = 0 AND close_reason IS NULL AND pending_count + runnable_count > 0`,
    reason,
    task,
  );
};

/** Opens the tasks of a job that wait for no other task. */
export const openUnblocked = (db: Database, jobSeq: number): void => {
  db.run('UPDATE tasks SET open = 1 WHERE job = ? AND blockers = 0 AND close_reason IS NULL', jobSeq);
};

/** Fails the waiting instances of a task, for a reason; the loop does it in slices. */
export const closeTask = (db: Database, id: number, reason: string): void => {
  db.run('UPDATE tasks SET open = 0, close_reason = ? WHERE id = ?', reason, id);
};

/**
 * Ends the back-off of tasks whose time has come.
 * @param now milliseconds since 1970; a time further ahead than `max` is the work of a clock that was set back
 */
export const endBackoff = (db: Database, now: number, max: number): void => {
  db.run(
    'UPDATE tasks SET backoff_until = NULL WHERE backoff_until IS NOT NULL AND backoff_until NOT BETWEEN ? AND ?',
    now + 1,
    now + max,
  );
};
