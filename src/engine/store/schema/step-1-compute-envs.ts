/** Step 1, as released with 0.1.0: compute environments, their nodes and activities. Times are milliseconds. */

/**
 * Nodes and activities are deleted with their environment. The row of a terminated node is deleted; its activity stays.
 * A machine is in one environment only, which the unique index on `instance_id` enforces.
 * `events` holds notifications until they are written to their file, so a crash in between loses none.
 */
export const computeEnvsSchema = `
CREATE TABLE compute_envs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  region TEXT NOT NULL,
  env_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  placement TEXT NOT NULL,
  info TEXT NOT NULL,
  tags TEXT NOT NULL,
  desired INTEGER NOT NULL,
  deleting INTEGER NOT NULL DEFAULT 0,
  create_time INTEGER NOT NULL
) STRICT;
CREATE INDEX compute_envs_newest ON compute_envs (region, seq DESC);

CREATE TABLE compute_nodes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  region TEXT NOT NULL,
  node_id TEXT NOT NULL UNIQUE,
  env_id TEXT NOT NULL REFERENCES compute_envs (env_id) ON DELETE CASCADE,
  instance_id TEXT NOT NULL,
  state TEXT NOT NULL,
  origin TEXT NOT NULL,
  instance_type TEXT NOT NULL,
  cpu INTEGER NOT NULL,
  mem INTEGER NOT NULL,
  activity_id TEXT NOT NULL,
  busy_with TEXT,
  retries_left INTEGER NOT NULL,
  created_at INTEGER
) STRICT;
CREATE INDEX compute_nodes_of_env ON compute_nodes (env_id, state, seq);
CREATE INDEX compute_nodes_free ON compute_nodes (env_id, seq) WHERE state = 'RUNNING' AND busy_with IS NULL;
CREATE INDEX compute_nodes_moving ON compute_nodes (seq) WHERE state <> 'RUNNING';
CREATE UNIQUE INDEX compute_nodes_by_instance ON compute_nodes (region, instance_id);

CREATE TABLE compute_env_activities (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  activity_id TEXT NOT NULL UNIQUE,
  env_id TEXT NOT NULL REFERENCES compute_envs (env_id) ON DELETE CASCADE,
  node_id TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  type TEXT NOT NULL,
  cause TEXT NOT NULL,
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  end_time INTEGER
) STRICT;
CREATE INDEX compute_env_activities_newest ON compute_env_activities (env_id, seq DESC);
CREATE INDEX compute_env_activities_of_node ON compute_env_activities (node_id, seq DESC);

CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  line TEXT NOT NULL
) STRICT;
`;
