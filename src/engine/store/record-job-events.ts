/** Which changes of a job are events. They are recorded in the transaction of the change, so that no crash separates them. */
import { hasEnded } from '../../catalogue/job-states.ts';
import { longWaitText } from '../../shared/job-event.ts';
import type { State } from '../model/lifecycle.ts';
import { type Database, transaction } from './database.ts';
import { addJobEvent, eventCountOf } from './job-event-log.ts';

interface JobFacts {
  readonly region: string;
  readonly jobId: string;
  readonly jobName: string;
  readonly state: State;
  readonly stateReason: string | null;
  readonly terminating: number;
}
const columns = 'region, job_id AS jobId, name AS jobName, state, state_reason AS stateReason, terminating';

const factsOf = (db: Database, seq: number): JobFacts | undefined =>
  db.get<JobFacts>(`SELECT ${columns} FROM jobs WHERE seq = ?`, seq);

/** Records the end of a job, also one that retains a workspace; what becomes of that one later is no second end. */
export const recordEnd = (db: Database, seq: number, from: State, to: State, time: number): void => {
  if (!hasEnded(to) || hasEnded(from)) return;
  const job = factsOf(db, seq);
  if (job === undefined) return;
  const { region, jobId, jobName, state } = job;
  const event = {
    time,
    kind: 'ended',
    region,
    jobId,
    jobName,
    state,
    detail: job.stateReason ?? '',
  } as const;
  // A job that was retried ends again, at another time.
  addJobEvent(db, event, `${to} ${time}`);
};

/** Records the first failure of a job that continues; one that ends with it, or was terminated, has its end. */
export const recordFirstFailure = (db: Database, seq: number, taskName: string, time: number): void => {
  const job = factsOf(db, seq);
  if (job === undefined || job.terminating === 1 || hasEnded(job.state)) return;
  const { region, jobId, jobName, state } = job;
  const detail = `an instance of task ${taskName} failed`;
  // Each retry of the job may have a first failure.
  const round = eventCountOf(db, jobId, 'ended');
  addJobEvent(db, { time, kind: 'first-failure', region, jobId, jobName, state, detail }, String(round));
};

/** Few enough that the transaction is short; the others follow at the next check. */
const waitingAtOnce = 100;

/**
 * Records the jobs of which no instance has started for a time.
 * @param limitMs milliseconds since their submission
 */
export const recordLongWaits = (db: Database, limitMs: number, time: number): void => {
  const jobs = db.all<JobFacts>(
    `SELECT ${columns} FROM jobs
     WHERE end_time IS NULL AND state IN ('SUBMITTED', 'PENDING', 'RUNNABLE') AND create_time <= ?
       AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.job = jobs.seq AND tasks.starting_count + tasks.running_count
         + tasks.succeed_count + tasks.failed_interrupted_count + tasks.failed_count > 0)
       AND NOT EXISTS (SELECT 1 FROM job_events WHERE job_events.job_id = jobs.job_id AND kind IN ('waiting', 'ended'))
     ORDER BY seq LIMIT +?`,
    time - limitMs,
    waitingAtOnce,
  );
  if (jobs.length === 0) return;
  transaction(db, () => {
    for (const { region, jobId, jobName, state } of jobs) {
      const detail = longWaitText(limitMs);
      addJobEvent(db, { time, kind: 'waiting', region, jobId, jobName, state, detail }, '');
    }
  });
};
