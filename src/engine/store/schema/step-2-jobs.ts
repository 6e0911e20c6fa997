/** Step 2, for 0.2.0: states as text, column names that say what they hold, a history of attempts, counted dependences. */

/** The states by their numbers in step 1, each with the column that counts it. */
const states = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEED',
  'FAILED_INTERRUPTED',
  'FAILED',
];
const countNames = states.map((state) => `${state.toLowerCase()}_count`);
const countDefinitions = countNames.map((name) => `${name} INTEGER NOT NULL DEFAULT 0`).join(',\n  ');
const countSelection = states.map((_, number) => `n${number}`).join(', ');
const stateText = `CASE state ${states.map((state, number) => `WHEN ${number} THEN '${state}'`).join(' ')} END`;

/** A table keeps the next number of its AUTOINCREMENT column when it is replaced. */
const replace = (table: string): string => `
DELETE FROM sqlite_sequence WHERE name = 'new_${table}';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_${table}', seq FROM sqlite_sequence WHERE name = '${table}';
DROP TABLE ${table};
ALTER TABLE new_${table} RENAME TO ${table};
`;

/** The row of a job is rewritten whenever its counts change, so it does not hold its dependences, which have a table. */
const jobs = `
CREATE TABLE new_jobs (
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
  state TEXT NOT NULL,
  state_reason TEXT,
  terminating INTEGER NOT NULL DEFAULT 0,
  expanded INTEGER NOT NULL DEFAULT 0,
  create_time INTEGER NOT NULL,
  end_time INTEGER,
  ${countDefinitions}
) STRICT;
INSERT INTO new_jobs
  SELECT seq, region, job_id, name, zone, priority, depend_on, placement,
    json_remove(submission, '$.Dependences'), notifications, ${stateText},
    state_reason, terminating, expanded, create_time, end_time, ${countSelection} FROM jobs;
`;

/**
 * `open` = 1: the dependences are satisfied, and instances may become RUNNABLE. `close_reason`: the reason with which the
 * waiting instances are being failed; NULL once all have. `blockers` counts the tasks that a task still waits for;
 * `settling` marks a task that has ended and whose successors have not been updated; `backoff_until` delays the next
 * start after failures of the machine.
 */
const tasks = `
CREATE TABLE new_tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  spec TEXT NOT NULL,
  instances INTEGER NOT NULL,
  expanded INTEGER NOT NULL DEFAULT 0,
  blockers INTEGER NOT NULL DEFAULT 0,
  settling INTEGER NOT NULL DEFAULT 0,
  open INTEGER NOT NULL DEFAULT 0,
  close_reason TEXT,
  backoff_until INTEGER,
  priority INTEGER NOT NULL,
  env_id TEXT,
  max_concurrent INTEGER NOT NULL,
  max_retry INTEGER NOT NULL,
  timeout_ms INTEGER NOT NULL,
  failed_action TEXT NOT NULL,
  state TEXT NOT NULL,
  end_time INTEGER,
  ${countDefinitions},
  UNIQUE (job, name)
) STRICT;
INSERT INTO new_tasks
  SELECT id, job, position, name, spec, instances, expanded, 0,
    (SELECT review FROM jobs WHERE seq = tasks.job) = 1 AND state IN (5, 6, 7), open, closing, NULL, priority, env_id,
    max_concurrent, max_retry, timeout_ms, failed_action, ${stateText}, end_time, ${countSelection} FROM tasks;
`;

/** Edges refer to tasks by id, so that the end of a task costs as much as it has successors. */
const dependences = `
CREATE TABLE new_dependences (
  job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  start_task INTEGER NOT NULL,
  end_task INTEGER NOT NULL,
  PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;
INSERT INTO new_dependences
  SELECT edge.job, edge.position, start.id, finish.id FROM dependences AS edge
  JOIN tasks AS start ON start.job = edge.job AND start.name = edge.start_task
  JOIN tasks AS finish ON finish.job = edge.job AND finish.name = edge.end_task;
DROP TABLE dependences;
ALTER TABLE new_dependences RENAME TO dependences;
CREATE INDEX dependences_by_start ON dependences (start_task, end_task);
UPDATE new_tasks SET blockers = edges.number FROM (
  SELECT end_task, count(DISTINCT start_task) AS number FROM dependences JOIN new_tasks AS start ON start.id = start_task
  WHERE start.state NOT IN ('SUCCEED', 'FAILED_INTERRUPTED', 'FAILED') OR start.settling = 1 GROUP BY end_task
) AS edges WHERE edges.end_task = new_tasks.id;
`;

/** Where a job is expanded and was about to be reviewed, the tasks that wait for none are opened here. */
const opened = `
UPDATE new_tasks SET open = 1 WHERE blockers = 0 AND close_reason IS NULL AND open = 0
  AND pending_count + runnable_count > 0
  AND EXISTS (SELECT 1 FROM jobs WHERE seq = new_tasks.job AND expanded = 1 AND review = 1 AND terminating = 0);
`;

/**
 * The row of an instance holds its current attempt; earlier ones are in \`attempts\`. Of those that 0.1.0 made, only the
 * logs are left. \`kill_reason\` is compared with reasons of the scheduler, one of which 0.1.0 worded differently.
 * \`handle\` is what the backend knows an attempt by; \`work_name\` is the directory of one that 0.1.0
 * started.
 */
const instances = `
CREATE TABLE attempts (
  task INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  instance_index INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  exit_code INTEGER,
  reason TEXT,
  detail TEXT,
  launch_time INTEGER,
  running_time INTEGER,
  end_time INTEGER,
  node TEXT,
  machine TEXT,
  PRIMARY KEY (task, instance_index, attempt)
) STRICT, WITHOUT ROWID;
WITH RECURSIVE earlier (task, idx, attempt) AS (
  SELECT task, idx, iif(state IN (1, 2), attempt, attempt - 1) FROM instances WHERE attempt > iif(state IN (1, 2), 0, 1)
  UNION ALL SELECT task, idx, attempt - 1 FROM earlier WHERE attempt > 1)
INSERT INTO attempts (task, instance_index, attempt) SELECT task, idx, attempt FROM earlier;

CREATE TABLE new_instances (
  task INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  instance_index INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  machine_failures INTEGER NOT NULL DEFAULT 0,
  exit_code INTEGER,
  reason TEXT,
  detail TEXT,
  launch_time INTEGER,
  running_time INTEGER,
  end_time INTEGER,
  handle TEXT,
  kill_reason TEXT,
  kill_time INTEGER,
  node TEXT,
  machine TEXT,
  work_name TEXT,
  PRIMARY KEY (task, instance_index)
) STRICT, WITHOUT ROWID;
INSERT INTO new_instances
  SELECT task, idx, ${stateText}, attempt, failures, 0, exit_code, reason, detail, launch_time, running_time, end_time,
    iif(pid > 0, pid || '@' || pid_birth, NULL),
    iif(kill_reason = 'its compute node was ended', 'its compute node was terminated', kill_reason), kill_time, node, machine,
    iif(state IN (3, 4, 6), coalesce(work, idx || '.' || attempt || '.work'), NULL) FROM instances;
DROP TABLE instances;
ALTER TABLE new_instances RENAME TO instances;
`;

/** Indexes of just the rows that a question is about; SQLite takes one where it finds its condition word for word. */
const indexes = `
ALTER TABLE samples RENAME COLUMN idx TO instance_index;
CREATE INDEX jobs_newest ON jobs (region, seq DESC);
CREATE INDEX jobs_by_state ON jobs (region, state, seq DESC);
CREATE INDEX jobs_unfinished ON jobs (seq) WHERE end_time IS NULL;
CREATE INDEX jobs_to_expand ON jobs (seq) WHERE expanded = 0;
CREATE INDEX tasks_ready ON tasks (priority DESC, job, position) WHERE open = 1 AND runnable_count > 0;
CREATE INDEX tasks_with_pending ON tasks (priority DESC, job, position) WHERE open = 1 AND pending_count > 0;
CREATE INDEX tasks_to_close ON tasks (id) WHERE close_reason IS NOT NULL;
CREATE INDEX tasks_settling ON tasks (id) WHERE settling = 1;
CREATE INDEX tasks_backing_off ON tasks (backoff_until) WHERE backoff_until IS NOT NULL;
CREATE INDEX tasks_by_env ON tasks (env_id) WHERE env_id IS NOT NULL AND end_time IS NULL;
CREATE INDEX instances_by_state ON instances (task, state, instance_index);
CREATE INDEX instances_active ON instances (state) WHERE state IN ('STARTING', 'RUNNING', 'FAILED_INTERRUPTED');
`;

export const jobsStep2 = [
  jobs,
  tasks,
  dependences,
  opened,
  instances,
  replace('tasks'),
  replace('jobs'),
  indexes,
].join('\n');
