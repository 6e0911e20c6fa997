/** Step 4, for 0.2.0: events of jobs, each stored with the change that it is about, and how far they were delivered. */

/** Also the first step of the logs that are derived from an account's lists. `event_delivery` has one row or none. */
export const jobEventsSchema = `
CREATE TABLE job_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE,
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  region TEXT NOT NULL,
  job_id TEXT NOT NULL,
  job_name TEXT NOT NULL,
  state TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX job_events_of_job ON job_events (job_id, kind);
CREATE TABLE event_delivery (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  delivered_seq INTEGER NOT NULL
) STRICT;
`;
