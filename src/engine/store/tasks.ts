/** Tasks as rows: found, released, closed, and put in the order in which they are served. */
import type { TaskExecutionDependOn } from '../model/dependences.ts';
import { type Counts, type State, stateOfNumber } from '../model/lifecycle.ts';
import type { JobToReview } from '../model/scheduler.ts';
import { type CountColumns, countColumns, countsOfRow } from './counts.ts';
import type { Database } from './database.ts';
import { dependencesOfJob } from './jobs.ts';

export interface TaskRow {
  readonly id: number;
  readonly job: number;
  readonly position: number;
  readonly name: string;
  /** JSON of the `Task` as submitted. */
  readonly spec: string;
  readonly instances: number;
  readonly envId: string | undefined;
  readonly maxConcurrent: number;
  readonly open: boolean;
  readonly closing: boolean;
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
  readonly closing: string | null;
  readonly state: number;
  readonly end_time: number | null;
}

const columns = `id, job, position, name, spec, instances, env_id, max_concurrent, open, closing, state, end_time,
  ${countColumns}`;

const taskOf = (row: RawTask): TaskRow => ({
  id: row.id,
  job: row.job,
  position: row.position,
  name: row.name,
  spec: row.spec,
  instances: row.instances,
  envId: row.env_id ?? undefined,
  maxConcurrent: row.max_concurrent,
  open: row.open === 1,
  closing: row.closing !== null,
  state: stateOfNumber(row.state),
  endTime: row.end_time,
  counts: countsOfRow(row),
});

/** The tasks of a job, as submitted. */
export const tasksOfJob = (db: Database, job: number): TaskRow[] =>
  db.all<RawTask>(`SELECT ${columns} FROM tasks WHERE job = ? ORDER BY position`, job).map(taskOf);

/** The task of that name, or undefined. */
export const findTask = (db: Database, job: number, name: string): TaskRow | undefined => {
  const row = db.get<RawTask>(`SELECT ${columns} FROM tasks WHERE job = ? AND name = ?`, job, name);
  return row && taskOf(row);
};

/** @throws Error when there is none: whoever holds an id has seen the row */
export const taskOfId = (db: Database, id: number): TaskRow => {
  const row = db.get<RawTask>(`SELECT ${columns} FROM tasks WHERE id = ?`, id);
  if (row === undefined) throw new Error(`There is no task ${id}.`);
  return taskOf(row);
};

/** Whether a task wants its node started again after each instance. */
export const restartsNode = (db: Database, task: number): boolean =>
  db.get(`SELECT 1 FROM tasks WHERE id = ? AND json_extract(spec, '$.RestartComputeNode') = 1`, task) !==
  undefined;

/** Whether some task that has not ended is to run on the nodes of an environment. */
export const isEnvInUse = (db: Database, region: string, envId: string): boolean =>
  db.get(
    `SELECT 1 FROM tasks JOIN jobs ON jobs.seq = tasks.job
     WHERE tasks.env_id = ? AND jobs.region = ? AND tasks.end_time IS NULL LIMIT 1`,
    envId,
    region,
  ) !== undefined;

/** A task whose turn it may be. */
export interface QueuedTask {
  readonly id: number;
  readonly region: string;
  readonly envId: string | undefined;
  readonly runnable: number;
  readonly active: number;
  readonly maxConcurrent: number;
}

/**
 * Tasks with something to start and room for it, highest priority first, then oldest job.
 * @param fullEnvs environments (`region/EnvId`) without a free node: their tasks are left out, so that they cannot
 *   crowd out what could run
 * @param soldOutZones zones where no machine can be made: elastic tasks that wait for one are left out
 */
export const readyTasks = (
  db: Database,
  fullEnvs: readonly string[],
  soldOutZones: readonly string[],
  limit: number,
): QueuedTask[] => {
  // Two questions for the usual turn, in which nothing is full, cost more than all the rest.
  const isEnvFree = `(tasks.env_id IS NULL OR jobs.region || '/' || tasks.env_id NOT IN (SELECT value FROM json_each(?)))`;
  const isZoneOpen = `NOT (tasks.env_id IS NULL AND jobs.zone IN (SELECT value FROM json_each(?))
    AND json_extract(jobs.submission, '$.StateIfCreateCvmFailed') IS 'RUNNABLE')`;
  const conditions = [
    ...(fullEnvs.length > 0 ? [{ sql: isEnvFree, value: JSON.stringify(fullEnvs) }] : []),
    ...(soldOutZones.length > 0 ? [{ sql: isZoneOpen, value: JSON.stringify(soldOutZones) }] : []),
  ];
  return db
    .all<{
      id: number;
      region: string;
      env_id: string | null;
      runnable: number;
      active: number;
      most: number;
    }>(
      `SELECT tasks.id, jobs.region, tasks.env_id, tasks.n2 AS runnable, tasks.n3 + tasks.n4 + tasks.n6 AS active,
         tasks.max_concurrent AS most
       FROM tasks JOIN jobs ON jobs.seq = tasks.job
       WHERE tasks.open = 1 AND tasks.n2 > 0 AND tasks.n3 + tasks.n4 + tasks.n6 < tasks.max_concurrent
         ${conditions.map(({ sql }) => `AND ${sql}`).join(' ')}
       ORDER BY tasks.priority DESC, tasks.job, tasks.position LIMIT ?`,
      ...conditions.map(({ value }) => value),
      limit,
    )
    .map((row) => ({
      id: row.id,
      region: row.region,
      envId: row.env_id ?? undefined,
      runnable: row.runnable,
      active: row.active,
      maxConcurrent: row.most,
    }));
};

/** Environments that open tasks wait for. */
export const envsWaitedFor = (db: Database): { region: string; envId: string }[] =>
  db.all<{ region: string; envId: string }>(
    `SELECT DISTINCT jobs.region AS region, tasks.env_id AS envId FROM tasks JOIN jobs ON jobs.seq = tasks.job
     WHERE tasks.env_id IS NOT NULL AND tasks.open = 1 AND tasks.n2 > 0`,
  );

/** The jobs in which the end of a task, or the end of laying out, has to be looked at. */
export const jobsToReview = (db: Database, limit: number): JobToReview[] =>
  db
    .all<{ seq: number; terminating: number; depend_on: TaskExecutionDependOn }>(
      'SELECT seq, terminating, depend_on FROM jobs WHERE review = 1 AND expanded = 1 LIMIT ?',
      limit,
    )
    .map((row) => ({
      job: row.seq,
      terminating: row.terminating === 1,
      dependOn: row.depend_on,
      dependences: dependencesOfJob(db, row.seq),
      tasks: tasksOfJob(db, row.seq),
    }));

export const markReviewed = (db: Database, job: number): void => {
  db.run('UPDATE jobs SET review = 0 WHERE seq = ?', job);
};

/** Lets the instances of a task be started. */
export const openTask = (db: Database, id: number): void => {
  db.run('UPDATE tasks SET open = 1 WHERE id = ?', id);
};

/** Lets what still waits in a task fail, for a reason; it is carried out in slices. */
export const closeTask = (db: Database, id: number, reason: string): void => {
  db.run('UPDATE tasks SET open = 0, closing = ? WHERE id = ?', reason, id);
};
