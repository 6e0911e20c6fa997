/** The log of an account's events: what was last seen of its jobs, and the events that follow from the differences. */
import { jobEventsSchema } from '../engine/store/schema/step-4-events.ts';

/**
 * Times are milliseconds since 1970. `ended` is 1 also for a job that was deleted before its end was seen; `started` is an
 * upper bound of the running time; `hourly` is NULL while no price is known. `polls` has one row once the jobs that
 * existed before the first poll are stored.
 */
const observedJobs = `
CREATE TABLE observed_jobs (
  job_id TEXT PRIMARY KEY,
  job_name TEXT NOT NULL,
  state TEXT NOT NULL,
  ended INTEGER NOT NULL,
  end_time TEXT,
  created INTEGER NOT NULL,
  started INTEGER,
  has_failed INTEGER NOT NULL DEFAULT 0,
  observed_at INTEGER NOT NULL,
  read_at INTEGER NOT NULL DEFAULT 0,
  price_read INTEGER NOT NULL DEFAULT 0,
  hourly REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX observed_jobs_unfinished ON observed_jobs (read_at) WHERE ended = 0;
CREATE INDEX observed_jobs_by_age ON observed_jobs (created);
CREATE TABLE polls (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  first_at INTEGER NOT NULL
) STRICT;
`;

/** Step n is element n - 1; a released step never changes. */
export const accountSteps: readonly string[] = [jobEventsSchema + observedJobs];
