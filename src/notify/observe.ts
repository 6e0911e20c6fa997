/** Events from what lists say: each job is compared with what was last seen of it. */
import { hasEnded, isActive } from '../catalogue/job-states.ts';
import type { Database } from '../engine/store/database.ts';
import { addJobEvent, eventCountOf } from '../engine/store/job-event-log.ts';
import { type EventKind, longWaitText } from '../shared/job-event.ts';

/** What an operator wants to be notified of beside ends and failures. */
export interface EventLimits {
  /** Milliseconds since its submission after which a job that has not started has an event. */
  readonly longWaitMs: number | undefined;
  /** Upper bound of what a job has cost, in the currency of the price list. */
  readonly maxCost: number | undefined;
}

/** A job as a list or its description shows it. */
export interface Observation {
  readonly jobId: string;
  readonly jobName: string;
  readonly state: string;
  readonly endTime: string | undefined;
  /** Milliseconds since 1970. */
  readonly created: number | undefined;
  readonly reason: string | undefined;
  /** Whether a task or, where it was read, an instance of it has failed. */
  readonly hasFailed: boolean;
}

export interface ObservedJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly state: string;
  readonly ended: number;
  readonly endTime: string | null;
  readonly created: number;
  readonly started: number | null;
  readonly hasFailed: number;
  readonly observedAt: number;
  readonly hourly: number | null;
}

export interface ObserveContext {
  readonly db: Database;
  readonly region: string;
  readonly limits: EventLimits;
  /** When the request was sent: an answer that is older than what is stored is ignored. */
  readonly at: number;
  /** Whether this is the first poll: what ended or failed before it is no event. */
  readonly isFirst: boolean;
}

const columns = `job_id AS jobId, job_name AS jobName, state, ended, end_time AS endTime, created, started,
  has_failed AS hasFailed, observed_at AS observedAt, hourly`;

export const observedJob = (db: Database, jobId: string): ObservedJob | undefined =>
  db.get<ObservedJob>(`SELECT ${columns} FROM observed_jobs WHERE job_id = ?`, jobId);

/** Jobs whose end was not seen; those that were described longest ago first. */
export const unfinishedJobs = (db: Database): readonly ObservedJob[] =>
  db.all<ObservedJob>(`SELECT ${columns} FROM observed_jobs WHERE ended = 0 ORDER BY read_at, created`);

/** Stores what was seen of a job, and records the events that follow. Call it in a transaction. */
export const observe = (seen: Observation, context: ObserveContext): void => {
  const { db, at, isFirst } = context;
  const before = observedJob(db, seen.jobId);
  if (before !== undefined && before.observedAt > at) return;
  const ended = hasEnded(seen.state);
  const created = seen.created ?? before?.created ?? at;
  const hasRestarted = before?.ended === 1 && !ended;
  const started = hasRestarted ? undefined : (before?.started ?? undefined);
  const job = {
    ...seen,
    ended,
    created,
    // For a job that was not seen before it ran, its submission is the bound that is known.
    started: started ?? (isActive(seen.state) ? (before === undefined ? created : at) : undefined),
    hadFailed: !hasRestarted && before?.hasFailed === 1,
    hourly: before?.hourly ?? undefined,
  };
  const isNewEnd =
    ended &&
    (before === undefined
      ? !isFirst
      : before.ended === 0 ||
        // It was retried and ended again in between; to discard a retained workspace is no second end.
        (before.state !== 'FAILED_INTERRUPTED' && before.endTime !== (seen.endTime ?? null)));
  const isNewFailure = seen.hasFailed && !job.hadFailed && !ended && !(isFirst && before === undefined);
  if (isNewEnd) record(context, job, 'ended', `${seen.state} ${seen.endTime ?? ''}`, seen.reason ?? '');
  if (isNewFailure) {
    const round = String(eventCountOf(db, seen.jobId, 'ended'));
    record(context, job, 'first-failure', round, 'a part of it failed');
  }
  recordLimits(context, job);
  store(context, job);
};

type Job = Omit<Observation, 'created'> & {
  readonly ended: boolean;
  readonly created: number;
  readonly started: number | undefined;
  readonly hadFailed: boolean;
  readonly hourly: number | undefined;
};

const recordLimits = (context: ObserveContext, job: Job): void => {
  const { at, limits } = context;
  const { longWaitMs, maxCost } = limits;
  const isLate = longWaitMs !== undefined && at - job.created >= longWaitMs;
  if (isLate && !job.ended && !job.hadFailed && job.started === undefined)
    record(context, job, 'waiting', '', longWaitText(longWaitMs));
  if (maxCost === undefined || job.hourly === undefined || job.started === undefined || job.ended) return;
  const cost = (job.hourly * (at - job.started)) / 3_600_000;
  if (cost > maxCost)
    record(context, job, 'cost', String(maxCost), `it can have cost more than ${maxCost}, and continues`);
};

const record = (
  { db, region, at }: ObserveContext,
  { jobId, jobName, state }: Pick<Job, 'jobId' | 'jobName' | 'state'>,
  kind: EventKind,
  cause: string,
  detail: string,
): void => addJobEvent(db, { time: at, kind, region, jobId, jobName, state, detail }, cause);

const store = ({ db, at }: ObserveContext, job: Job): void => {
  db.run(
    `INSERT INTO observed_jobs (job_id, job_name, state, ended, end_time, created, started, has_failed, observed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (job_id) DO UPDATE SET job_name = excluded.job_name, state = excluded.state, ended = excluded.ended,
       end_time = excluded.end_time, started = excluded.started, has_failed = excluded.has_failed,
       observed_at = excluded.observed_at`,
    job.jobId,
    job.jobName,
    job.state,
    job.ended ? 1 : 0,
    job.endTime ?? null,
    job.created,
    job.started ?? null,
    job.hadFailed || job.hasFailed ? 1 : 0,
    at,
  );
};

/** Only a job that has ended can be deleted, so one that is gone has ended. */
export const observeDeleted = (job: ObservedJob, context: ObserveContext): void => {
  const { db, at } = context;
  if (job.observedAt > at) return;
  const detail = 'it was deleted before its end was seen';
  record(context, { ...job, state: 'UNKNOWN' }, 'ended', 'deleted', detail);
  db.run(
    `UPDATE observed_jobs SET state = 'UNKNOWN', ended = 1, observed_at = ? WHERE job_id = ?`,
    at,
    job.jobId,
  );
};
