/** One poll of an account: as few requests as find every change, usually one or two. */
import type { OutputOf } from '../catalogue/index.ts';
import type { EventAccess } from '../client/job-events.ts';
import { type Database, transaction } from '../engine/store/database.ts';
import { ApiError } from '../shared/errors.ts';
import { readHourlyPrice } from './hourly-price.ts';
import {
  type EventLimits,
  type Observation,
  type ObserveContext,
  observe,
  observeDeleted,
  observedJob,
  unfinishedJobs,
} from './observe.ts';

export interface PollContext {
  readonly db: Database;
  readonly region: string;
  readonly limits: EventLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly call: EventAccess['call'];
}

type JobItem = NonNullable<NonNullable<OutputOf<'DescribeJobs'>['JobSet']>[number]>;

const pageSize = 100;
/** Three times the documented quota of jobs. */
const maxPages = 30;
/** Jobs that run are described in turns, to find a failed instance before its whole task has failed. */
const maxDescribed = 10;
/** Two requests each, one time for a job. */
const maxPriced = 5;
/** Jobs that have ended are stored so that they are recognised in the list; the oldest are forgotten. */
const maxEndedJobs = 10_000;

/**
 * Brings the log of an account up to date. Two programs may do this at the same time.
 * @throws the service's error; what was read before it is stored
 */
export const pollAccount = async (context: PollContext): Promise<void> => {
  const { db, now } = context;
  const isFirst = db.get('SELECT 1 FROM polls') === undefined;
  const seen = isFirst ? await readBaseline(context) : await readNewest(context);
  for (let rest = unread(db, seen); rest.length > 0; rest = rest.slice(pageSize))
    await readByIds(context, rest.slice(0, pageSize));
  await describeRunning(context);
  await readPrices(context);
  db.run('INSERT OR IGNORE INTO polls (id, first_at) VALUES (1, ?)', now());
  db.run(
    `DELETE FROM observed_jobs WHERE ended = 1 AND job_id NOT IN (
       SELECT job_id FROM observed_jobs ORDER BY created DESC LIMIT ?)`,
    maxEndedJobs,
  );
};

/** Before the first poll: all that have not ended, and the newest page, by which later polls know where to stop. */
const readBaseline = async (context: PollContext): Promise<ReadonlySet<string>> => {
  const Values = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'];
  const seen = new Set<string>();
  for (let page = 0; page < maxPages; page += 1) {
    const jobs = await readPage(context, page, [{ Name: 'job-state', Values }], true);
    for (const { JobId } of jobs) seen.add(JobId ?? '');
    if (jobs.length < pageSize) break;
  }
  for (const { JobId } of await readPage(context, 0, undefined, true)) seen.add(JobId ?? '');
  return seen;
};

/** The list is newest first, so that all new jobs come before those that are known. */
const readNewest = async (context: PollContext): Promise<ReadonlySet<string>> => {
  const seen = new Set<string>();
  for (let page = 0; page < maxPages; page += 1) {
    const known = new Set(
      context.db.all<{ id: string }>('SELECT job_id AS id FROM observed_jobs').map(({ id }) => id),
    );
    const jobs = await readPage(context, page, undefined, false);
    for (const { JobId } of jobs) seen.add(JobId ?? '');
    if (jobs.length < pageSize || known.has(jobs.at(-1)?.JobId ?? '')) break;
  }
  return seen;
};

const readPage = async (
  { call, ...context }: PollContext,
  page: number,
  Filters: { Name: string; Values: string[] }[] | undefined,
  isFirst: boolean,
): Promise<readonly JobItem[]> => {
  const at = context.now();
  const { JobSet } = await call('DescribeJobs', {
    ...(Filters && { Filters }),
    Offset: page * pageSize,
    Limit: pageSize,
  });
  const jobs = itemsOf(JobSet);
  observeAll({ ...context, at, isFirst }, jobs);
  return jobs;
};

const unread = (db: Database, seen: ReadonlySet<string>): readonly string[] =>
  unfinishedJobs(db)
    .map(({ jobId }) => jobId)
    .filter((jobId) => !seen.has(jobId));

const readByIds = async ({ call, ...context }: PollContext, ids: readonly string[]): Promise<void> => {
  const at = context.now();
  const { JobSet } = await call('DescribeJobs', { JobIds: [...ids], Limit: pageSize });
  const jobs = itemsOf(JobSet);
  const found = new Set(jobs.map(({ JobId }) => JobId));
  const gone = ids.filter((id) => !found.has(id));
  observeAll({ ...context, at, isFirst: false }, jobs, gone);
};

const itemsOf = (set: OutputOf<'DescribeJobs'>['JobSet']): readonly JobItem[] =>
  // The service documents no id as absent; without one, nothing can be said about the job.
  (set ?? []).filter((job) => job !== null).filter(({ JobId }) => JobId);

const observeAll = (context: ObserveContext, jobs: readonly JobItem[], gone: readonly string[] = []): void =>
  transaction(context.db, () => {
    // Oldest first, so that events are in the order of the submissions.
    for (const job of [...jobs].reverse()) observe(observationOf(job), context);
    for (const id of gone) {
      const job = observedJob(context.db, id);
      if (job !== undefined) observeDeleted(job, context);
    }
  });

const observationOf = (job: JobItem): Observation => ({
  jobId: job.JobId ?? '',
  jobName: job.JobName ?? '',
  state: job.JobState ?? '',
  endTime: job.EndTime ?? undefined,
  created: timeOf(job.CreateTime),
  reason: undefined,
  hasFailed: (job.TaskMetrics?.FailedCount ?? 0) + (job.TaskMetrics?.FailedInterruptedCount ?? 0) > 0,
});

const timeOf = (text: string | null | undefined): number | undefined => {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
};

const describeRunning = async ({ call, ...context }: PollContext): Promise<void> => {
  const running = unfinishedJobs(context.db)
    .filter(({ started, hasFailed }) => started !== null && hasFailed === 0)
    .slice(0, maxDescribed);
  for (const { jobId } of running) {
    const at = context.now();
    const job = await orUndefined(call('DescribeJob', { JobId: jobId }));
    if (job === undefined) continue;
    const { FailedCount, FailedInterruptedCount } = job.TaskInstanceMetrics ?? {};
    transaction(context.db, () => {
      observe(
        {
          jobId,
          jobName: job.JobName ?? '',
          state: job.JobState ?? '',
          endTime: job.EndTime ?? undefined,
          created: timeOf(job.CreateTime),
          reason: job.StateReason ?? undefined,
          hasFailed: (FailedCount ?? 0) + (FailedInterruptedCount ?? 0) > 0,
        },
        { ...context, at, isFirst: false },
      );
      context.db.run('UPDATE observed_jobs SET read_at = ? WHERE job_id = ?', at, jobId);
    });
  }
};

/** A job may have been deleted meanwhile, which the next poll finds; what else the service refuses is not worth a poll. */
const orUndefined = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
};

const readPrices = async ({ db, limits, call }: PollContext): Promise<void> => {
  if (limits.maxCost === undefined) return;
  const jobs = db.all<{ jobId: string }>(
    'SELECT job_id AS jobId FROM observed_jobs WHERE ended = 0 AND price_read = 0 LIMIT ?',
    maxPriced,
  );
  for (const { jobId } of jobs) {
    const hourly = await orUndefined(readHourlyPrice(jobId, call));
    db.run('UPDATE observed_jobs SET price_read = 1, hourly = ? WHERE job_id = ?', hourly ?? null, jobId);
  }
};
