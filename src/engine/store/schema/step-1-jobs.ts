/** Step 1, as released with 0.1.0: jobs, tasks and instances. Step 2 renames most of it; this text never changes. */

export const jobsSchema = `
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  region TEXT NOT NULL,
  job_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  priority INTEGER NOT NULL,
  depend_on TEXT NOT NULL,
  placement TEXT NOT NULL,
  submission TEXT NOT NULL,
  notifications TEXT,
  state INTEGER NOT NULL,
  state_reason TEXT,
  terminating INTEGER NOT NULL DEFAULT 0,
  expanded INTEGER NOT NULL DEFAULT 0,
  review INTEGER NOT NULL DEFAULT 0,
  create_time INTEGER NOT NULL,
  end_time INTEGER,
  n0 INTEGER NOT NULL DEFAULT 0, n1 INTEGER NOT NULL DEFAULT 0, n2 INTEGER NOT NULL DEFAULT 0,
  n3 INTEGER NOT NULL DEFAULT 0, n4 INTEGER NOT NULL DEFAULT 0, n5 INTEGER NOT NULL DEFAULT 0,
  n6 INTEGER NOT NULL DEFAULT 0, n7 INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_newest ON jobs (region, seq DESC);
CREATE INDEX jobs_by_state ON jobs (region, state, seq DESC);
CREATE INDEX jobs_unfinished ON jobs (seq) WHERE end_time IS NULL;
CREATE INDEX jobs_to_expand ON jobs (seq) WHERE expanded = 0;
CREATE INDEX jobs_to_review ON jobs (seq) WHERE review = 1;

CREATE TABLE job_tags (
  job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (job, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_tags_by_value ON job_tags (key, value);

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  spec TEXT NOT NULL,
  instances INTEGER NOT NULL,
  expanded INTEGER NOT NULL DEFAULT 0,
  open INTEGER NOT NULL DEFAULT 0,
  closing TEXT,
  priority INTEGER NOT NULL,
  env_id TEXT,
  max_concurrent INTEGER NOT NULL,
  max_retry INTEGER NOT NULL,
  timeout_ms INTEGER NOT NULL,
  failed_action TEXT NOT NULL,
  state INTEGER NOT NULL,
  end_time INTEGER,
  n0 INTEGER NOT NULL DEFAULT 0, n1 INTEGER NOT NULL DEFAULT 0, n2 INTEGER NOT NULL DEFAULT 0,
  n3 INTEGER NOT NULL DEFAULT 0, n4 INTEGER NOT NULL DEFAULT 0, n5 INTEGER NOT NULL DEFAULT 0,
  n6 INTEGER NOT NULL DEFAULT 0, n7 INTEGER NOT NULL DEFAULT 0,
  UNIQUE (job, name)
) STRICT;
CREATE INDEX tasks_ready ON tasks (priority DESC, job, position) WHERE open = 1 AND n2 > 0;
CREATE INDEX tasks_releasing ON tasks (priority DESC, job, position) WHERE open = 1 AND n1 > 0;
CREATE INDEX tasks_closing ON tasks (id) WHERE closing IS NOT NULL;
CREATE INDEX tasks_by_env ON tasks (env_id) WHERE env_id IS NOT NULL AND end_time IS NULL;

CREATE TABLE dependences (
  job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  start_task TEXT NOT NULL,
  end_task TEXT NOT NULL,
  PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE instances (
  task INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  idx INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  exit_code INTEGER,
  reason TEXT,
  detail TEXT,
  launch_time INTEGER,
  running_time INTEGER,
  end_time INTEGER,
  pid INTEGER,
  pid_birth TEXT,
  kill_reason TEXT,
  kill_time INTEGER,
  node TEXT,
  machine TEXT,
  work TEXT,
  PRIMARY KEY (task, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX instances_by_state ON instances (task, state, idx);
CREATE INDEX instances_active ON instances (state) WHERE state IN (3, 4, 6);

CREATE TABLE samples (
  task INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  time INTEGER NOT NULL,
  cpu REAL NOT NULL,
  memory REAL NOT NULL,
  PRIMARY KEY (task, idx, time),
  FOREIGN KEY (task) REFERENCES tasks (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE files_to_delete (
  path TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE client_tokens (
  region TEXT NOT NULL,
  action TEXT NOT NULL,
  token TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  PRIMARY KEY (region, action, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_tokens_by_age ON client_tokens (create_time);
`;
