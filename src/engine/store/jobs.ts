/** Jobs as rows: accepted, listed, found, deleted. */
import { type Counts, numberOf, type State, stateOfNumber } from '../model/lifecycle.ts';
import { type CountColumns, countColumns, countsOfRow } from './counts.ts';
import type { Database, SqlValue } from './database.ts';
import { deleteFilesLater } from './files-to-delete.ts';
import { jobDirOf } from './instance-files.ts';

/** What is written down of a job when it is accepted. */
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
  /** JSON of `Notifications`; undefined where no topic is to be told. */
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

/** A job as it stands. */
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
  readonly state: number;
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
  state: stateOfNumber(row.state),
  stateReason: row.state_reason,
  terminating: row.terminating === 1,
  expanded: row.expanded === 1,
  createTime: row.create_time,
  endTime: row.end_time,
  tasks: countsOfRow(row),
});

/** Writes an accepted job. Its instances are laid out later, in slices, so the answer need not wait for them. */
export const insertJob = (db: Database, job: NewJob): void => {
  const submitted = numberOf('SUBMITTED');
  const row = db.get<{ seq: number }>(
    `INSERT INTO jobs (region, job_id, name, zone, priority, depend_on, placement, submission,
       notifications, state, create_time, n0) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
    job.region,
    job.jobId,
    job.name,
    job.zone,
    job.priority,
    job.dependOn,
    job.placement,
    job.submission,
    job.notifications ?? null,
    submitted,
    job.createTime,
    job.tasks.length,
  );
  if (row === undefined) throw new Error('The job that was just inserted gave no row.');
  for (const [position, task] of job.tasks.entries()) {
    db.run(
      `INSERT INTO tasks (job, position, name, spec, instances, priority, env_id, max_concurrent, max_retry,
         timeout_ms, failed_action, state, n0) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.seq,
      position,
      task.name,
      task.spec,
      task.instances,
      job.priority,
      task.envId ?? null,
      task.maxConcurrent,
      task.maxRetry,
      task.timeoutMs,
      task.failedAction,
      submitted,
      task.instances,
    );
  }
  for (const [position, edge] of job.dependences.entries()) {
    db.run('INSERT INTO dependences VALUES (?, ?, ?, ?)', row.seq, position, edge.StartTask, edge.EndTask);
  }
  // Of a key that is given twice the last value counts.
  for (const tag of job.tags)
    db.run('INSERT OR REPLACE INTO job_tags VALUES (?, ?, ?)', row.seq, tag.Key, tag.Value);
};

/** The job of that id in that region, or undefined. */
export const findJob = (db: Database, region: string, jobId: string): JobRow | undefined => {
  const row = db.get<RawJob>(`SELECT ${columns} FROM jobs WHERE job_id = ? AND region = ?`, jobId, region);
  return row && jobOf(row);
};

/** The id and the place of a job. @throws Error when there is none: whoever holds the number has seen the row */
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

/** Whether any job of any region still has something to run. A kept scene is not something to run. */
export const hasWork = (db: Database): boolean =>
  db.get(
    'SELECT 1 FROM jobs WHERE end_time IS NULL AND state <> ? LIMIT 1',
    numberOf('FAILED_INTERRUPTED'),
  ) !== undefined;

/** Conditions of a list: each must hold; of the values of one, any. */
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
  // A list travels as one JSON value, so that the statement's text, and with it its plan, stays the same.
  const among = (expression: string, list: readonly SqlValue[] | undefined): void => {
    if (list === undefined) return;
    where.push(expression);
    values.push(JSON.stringify(list));
  };
  const any = '(SELECT value FROM json_each(?))';
  for (const condition of conditions) {
    among(`job_id IN ${any}`, condition.jobIds);
    among(`name IN ${any}`, condition.names);
    among(`state IN ${any}`, condition.states?.map(numberOf));
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
    `SELECT ${columns} ${from} ORDER BY seq DESC LIMIT ? OFFSET ?`,
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
export const dependencesOfJob = (db: Database, seq: number): { StartTask: string; EndTask: string }[] =>
  db.all<{ StartTask: string; EndTask: string }>(
    'SELECT start_task AS StartTask, end_task AS EndTask FROM dependences WHERE job = ? ORDER BY position',
    seq,
  );

/** A person has ended it: nothing of it is started any more. Taken back when it has ended. */
export const markTerminating = (db: Database, seq: number): void => {
  db.run('UPDATE jobs SET terminating = 1 WHERE seq = ?', seq);
};

/** Takes a job and all of its rows away, and notes that its files are to go. */
export const deleteJob = (db: Database, job: JobRow): void => {
  db.run('DELETE FROM jobs WHERE seq = ?', job.seq);
  deleteFilesLater(db, jobDirOf('', job.jobId));
};
