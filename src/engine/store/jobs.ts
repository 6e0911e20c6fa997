/** Jobs: inserted, listed, found, deleted. */
import type { Counts, State } from '../model/lifecycle.ts';
import { type CountColumns, countColumns, countsOfRow } from './counts.ts';
import type { Database, SqlValue } from './database.ts';
import { deleteFilesLater } from './files-to-delete.ts';
import { jobDirOf } from './instance-files.ts';

/** A job as it is inserted. */
export interface NewJob {
  readonly region: string;
  readonly jobId: string;
  readonly name: string;
  readonly zone: string;
  readonly priority: number;
  readonly dependOn: string;
  /** JSON of `Placement` as submitted. */
  readonly placement: string;
  /** JSON of `Job` as submitted. */
  readonly submission: string;
  /** JSON of `Notifications`; undefined if it names no topic. */
  readonly notifications: string | undefined;
  readonly createTime: number;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly dependences: readonly { readonly StartTask: string; readonly EndTask: string }[];
  readonly tasks: readonly NewTask[];
}

export interface NewTask {
  readonly name: string;
  /** JSON of the `Task` as submitted. */
  readonly spec: string;
  readonly instances: number;
  readonly envId: string | undefined;
  readonly maxConcurrent: number;
  readonly maxRetry: number;
  readonly timeoutMs: number;
  readonly failedAction: string;
}

/** A stored job. */
export interface JobRow {
  readonly seq: number;
  readonly jobId: string;
  readonly name: string;
  readonly zone: string;
  readonly priority: number;
  readonly dependOn: string;
  readonly placement: string;
  readonly submission: string;
  readonly state: State;
  readonly stateReason: string | null;
  readonly terminating: boolean;
  readonly expanded: boolean;
  readonly createTime: number;
  readonly endTime: number | null;
  /** How many tasks are in each state. */
  readonly tasks: Counts;
}

interface RawJob extends CountColumns {
  readonly seq: number;
  readonly job_id: string;
  readonly name: string;
  readonly zone: string;
  readonly priority: number;
  readonly depend_on: string;
  readonly placement: string;
  readonly submission: string;
  readonly state: State;
  readonly state_reason: string | null;
  readonly terminating: number;
  readonly expanded: number;
  readonly create_time: number;
  readonly end_time: number | null;
}

const columns = `seq, job_id, name, zone, priority, depend_on, placement, submission, state, state_reason,
  terminating, expanded, create_time, end_time, ${countColumns}`;

const jobOf = (row: RawJob): JobRow => ({
  seq: row.seq,
  jobId: row.job_id,
  name: row.name,
  zone: row.zone,
  priority: row.priority,
  dependOn: row.depend_on,
  placement: row.placement,
  submission: row.submission,
  state: row.state,
  stateReason: row.state_reason,
  terminating: row.terminating === 1,
  expanded: row.expanded === 1,
  createTime: row.create_time,
  endTime: row.end_time,
  tasks: countsOfRow(row),
});

/** Inserts a job. Its instances are expanded later, in slices, so the response need not wait for them. */
export const insertJob = (db: Database, job: NewJob): void => {
  const row = db.get<{ seq: number }>(
    `INSERT INTO jobs (region, job_id, name, zone, priority, depend_on, placement, submission, notifications, state,
       create_time, submitted_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'SUBMITTED', ?, ?) RETURNING seq`,
    job.region,
    job.jobId,
    job.name,
    job.zone,
    job.priority,
    job.dependOn,
    job.placement,
    job.submission,
    job.notifications ?? null,
    job.createTime,
    job.tasks.length,
  );
  if (row === undefined) throw new Error('INSERT INTO jobs returned no row.');
  for (const [position, task] of job.tasks.entries()) insertTask(db, row.seq, job.priority, position, task);
  insertDependences(db, row.seq, job.dependences);
  // If a key is given twice, the last value counts.
  for (const tag of job.tags)
    db.run('INSERT OR REPLACE INTO job_tags VALUES (?, ?, ?)', row.seq, tag.Key, tag.Value);
};

const insertTask = (
  db: Database,
  jobSeq: number,
  priority: number,
  position: number,
  task: NewTask,
): void => {
  db.run(
    `INSERT INTO tasks (job, position, name, spec, instances, priority, env_id, max_concurrent, max_retry,
       timeout_ms, failed_action, state, submitted_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'SUBMITTED', ?)`,
    jobSeq,
    position,
    task.name,
    task.spec,
    task.instances,
    priority,
    task.envId ?? null,
    task.maxConcurrent,
    task.maxRetry,
    task.timeoutMs,
    task.failedAction,
    task.instances,
  );
};

/** One statement for all edges: a job may have as many as the square of its tasks. */
const insertDependences = (db: Database, jobSeq: number, dependences: NewJob['dependences']): void => {
  if (dependences.length === 0) return;
  const tasks = db.all<{ id: number; name: string }>('SELECT id, name FROM tasks WHERE job = ?', jobSeq);
  const ids = new Map(tasks.map(({ id, name }) => [name, id]));
  // The catalogue has checked that every edge names two tasks of the job.
  const edges = dependences.map(({ StartTask, EndTask }) => [ids.get(StartTask), ids.get(EndTask)]);
  db.run(
    `INSERT INTO dependences SELECT ?, key, value ->> 0, value ->> 1 FROM json_each(?)`,
    jobSeq,
    JSON.stringify(edges),
  );
  countBlockers(db, jobSeq);
};

/** Counts, for each task of a job, the tasks that it still waits for: those that have not ended SUCCEED. */
export const countBlockers = (db: Database, jobSeq: number): void => {
  db.run('UPDATE tasks SET blockers = 0 WHERE job = ?', jobSeq);
  db.run(
    `UPDATE tasks SET blockers = edges.number FROM (
       SELECT end_task, count(DISTINCT start_task) AS number
       FROM dependences JOIN tasks AS start ON start.id = start_task
       WHERE dependences.job = ? AND start.state <> 'SUCCEED' GROUP BY end_task
     ) AS edges WHERE edges.end_task = tasks.id`,
    jobSeq,
  );
};

/** The job of that id in that region, or undefined. */
export const findJob = (db: Database, region: string, jobId: string): JobRow | undefined => {
  const row = db.get<RawJob>(`SELECT ${columns} FROM jobs WHERE job_id = ? AND region = ?`, jobId, region);
  return row && jobOf(row);
};

/** The id, region and zone of a job. @throws Error if there is none: a caller that has the number has read the row */
export const jobOfSeq = (
  db: Database,
  seq: number,
): { readonly jobId: string; readonly region: string; readonly zone: string } => {
  const row = db.get<{ jobId: string; region: string; zone: string }>(
    'SELECT job_id AS jobId, region, zone FROM jobs WHERE seq = ?',
    seq,
  );
  if (row === undefined) throw new Error(`There is no job ${seq}.`);
  return row;
};

/** How many jobs of a region have not ended. */
export const unfinishedJobs = (db: Database, region: string): number =>
  db.get<{ n: number }>('SELECT count(*) AS n FROM jobs WHERE end_time IS NULL AND region = ?', region)?.n ??
  0;

/** Whether any job of any region still has something to run. A retained workspace has not. */
export const hasWork = (db: Database): boolean =>
  db.get(`SELECT 1 FROM jobs WHERE end_time IS NULL AND state <> 'FAILED_INTERRUPTED' LIMIT 1`) !== undefined;

export const hasJobs = (db: Database): boolean => db.get('SELECT 1 FROM jobs LIMIT 1') !== undefined;

/** Conditions of a list: each must hold; of its values, any. */
export interface JobConditions {
  readonly jobIds?: readonly string[];
  readonly names?: readonly string[];
  readonly states?: readonly State[];
  readonly zones?: readonly string[];
  readonly tagKeys?: readonly string[];
  readonly tagValues?: readonly string[];
  readonly tags?: readonly { readonly key: string; readonly values: readonly string[] }[];
}

/** One page of the jobs of a region, newest first, and how many there are in all. */
export const listJobs = (
  db: Database,
  region: string,
  conditions: readonly JobConditions[],
  offset: number,
  limit: number,
): { readonly jobs: readonly JobRow[]; readonly total: number } => {
  const where = ['region = ?'];
  const values: SqlValue[] = [region];
  // A list is bound as one JSON value, so that the text of the statement, and its plan, stay the same.
  const among = (expression: string, list: readonly SqlValue[] | undefined): void => {
    if (list === undefined) return;
    where.push(expression);
    values.push(JSON.stringify(list));
  };
  const any = '(SELECT value FROM json_each(?))';
  for (const condition of conditions) {
    among(`job_id IN ${any}`, condition.jobIds);
    among(`name IN ${any}`, condition.names);
    among(`state IN ${any}`, condition.states);
    among(`zone IN ${any}`, condition.zones);
    among(`seq IN (SELECT job FROM job_tags WHERE key IN ${any})`, condition.tagKeys);
    among(`seq IN (SELECT job FROM job_tags WHERE value IN ${any})`, condition.tagValues);
    for (const tag of condition.tags ?? []) {
      where.push(
        'seq IN (SELECT job FROM job_tags WHERE key = ? AND value IN (SELECT value FROM json_each(?)))',
      );
      values.push(tag.key, JSON.stringify(tag.values));
    }
  }
  const from = `FROM jobs WHERE ${where.join(' AND ')}`;
  const total = db.get<{ n: number }>(`SELECT count(*) AS n ${from}`, ...values)?.n ?? 0;
  const rows = db.all<RawJob>(
    `SELECT ${columns} ${from} ORDER BY seq DESC LIMIT +? OFFSET +?`,
    ...values,
    limit,
    offset,
  );
  return { jobs: rows.map(jobOf), total };
};

/** The tags of a job, by key. */
export const tagsOfJob = (db: Database, seq: number): { Key: string; Value: string }[] =>
  db.all<{ Key: string; Value: string }>(
    'SELECT key AS Key, value AS Value FROM job_tags WHERE job = ? ORDER BY key',
    seq,
  );

/** The edges of a job, as submitted. */
export const dependencesOfJob = (db: Database, seq: number): { StartTask: string; EndTask: string }[] => {
  const edges = db.all<{ start: number; end: number }>(
    'SELECT start_task AS start, end_task AS end FROM dependences WHERE job = ? ORDER BY position',
    seq,
  );
  if (edges.length === 0) return [];
  const tasks = db.all<{ id: number; name: string }>('SELECT id, name FROM tasks WHERE job = ?', seq);
  const names = new Map(tasks.map(({ id, name }) => [id, name]));
  const nameOf = (id: number): string => names.get(id) ?? '';
  return edges.map(({ start, end }) => ({ StartTask: nameOf(start), EndTask: nameOf(end) }));
};

/** A user has terminated it: nothing of it is started any more. Reset when it has ended. */
export const markTerminating = (db: Database, seq: number): void => {
  db.run('UPDATE jobs SET terminating = 1 WHERE seq = ?', seq);
};

/** Deletes a job with everything stored about it, and schedules the deletion of its files. */
export const deleteJob = (db: Database, job: JobRow): void => {
  db.run('DELETE FROM jobs WHERE seq = ?', job.seq);
  deleteFilesLater(db, jobDirOf('', job.jobId));
};
