/** Compute environments: inserted, found, counted, deleted. */
import type { Database } from './database.ts';

export { freeNodesOf, occupyNode, releaseNode, vacatingNodesOf } from './compute-nodes.ts';

/** A stored environment. `Placement`, `Info` and `Tags` are what the caller sent. */
export interface EnvRow {
  readonly seq: number;
  readonly envId: string;
  readonly name: string;
  readonly zone: string;
  /** JSON of `Placement`. */
  readonly placement: string;
  /** JSON of `ComputeEnv`: what DescribeComputeEnvCreateInfo returns, including changes of ModifyComputeEnv. */
  readonly info: string;
  /** JSON of `Tags`. */
  readonly tags: string;
  readonly desired: number;
  /** 1 while it is being deleted; 2 afterwards, when only its activities are still read. */
  readonly deleting: 0 | 1 | 2;
  readonly createTime: number;
}

const columns = `seq, env_id AS envId, name, zone, placement, info, tags, desired, deleting, create_time AS createTime`;

export const insertEnv = (db: Database, region: string, env: Omit<EnvRow, 'seq' | 'deleting'>): void => {
  db.run(
    `INSERT INTO compute_envs (region, env_id, name, zone, placement, info, tags, desired, create_time)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    region,
    env.envId,
    env.name,
    env.zone,
    env.placement,
    env.info,
    env.tags,
    env.desired,
    env.createTime,
  );
};

/** The environment of that id in that region, or undefined. */
export const findEnv = (db: Database, region: string, envId: string): EnvRow | undefined =>
  db.get<EnvRow>(
    `SELECT ${columns} FROM compute_envs WHERE region = ? AND env_id = ? AND deleting < 2`,
    region,
    envId,
  );

/** The same, deleted environments included. */
export const findEnvOrDeleted = (db: Database, region: string, envId: string): EnvRow | undefined =>
  db.get<EnvRow>(`SELECT ${columns} FROM compute_envs WHERE region = ? AND env_id = ?`, region, envId);

/** How many environments a region has; the quota counts them. */
export const countEnvs = (db: Database, region: string): number =>
  db.get<{ n: number }>('SELECT count(*) AS n FROM compute_envs WHERE region = ? AND deleting < 2', region)
    ?.n ?? 0;

/** All environments of a region, newest first. The quota limits them to a few, so filters are applied outside SQL. */
export const listEnvs = (db: Database, region: string): EnvRow[] =>
  db.all<EnvRow>(
    `SELECT ${columns} FROM compute_envs WHERE region = ? AND deleting < 2 ORDER BY seq DESC`,
    region,
  );

/** Changes what ModifyComputeEnv can change. */
export const updateEnv = (
  db: Database,
  envId: string,
  change: Pick<EnvRow, 'name' | 'info' | 'desired'>,
): void => {
  db.run(
    'UPDATE compute_envs SET name = ?, info = ?, desired = ? WHERE env_id = ?',
    change.name,
    change.info,
    change.desired,
    envId,
  );
};

export const setDesired = (db: Database, envId: string, desired: number): void => {
  db.run('UPDATE compute_envs SET desired = ? WHERE env_id = ?', desired, envId);
};

export const markEnvDeleting = (db: Database, envId: string): void => {
  db.run('UPDATE compute_envs SET deleting = 1 WHERE env_id = ?', envId);
};

/** Environments of all regions that are to be deleted and have no node left. */
export const emptyDeletingEnvs = (db: Database): (EnvRow & { readonly region: string })[] =>
  db.all(
    `SELECT ${columns}, region FROM compute_envs AS env WHERE deleting = 1
     AND NOT EXISTS (SELECT 1 FROM compute_nodes WHERE compute_nodes.env_id = env.env_id)`,
  );

/** Removes an environment; its activities stay readable. */
export const deleteEnv = (db: Database, envId: string): void => {
  db.run('UPDATE compute_envs SET deleting = 2 WHERE env_id = ?', envId);
};
