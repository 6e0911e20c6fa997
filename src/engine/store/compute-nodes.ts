/** Compute nodes, and the activities that create and terminate them. */
import type { ActivityState, ActivityType, NodeOrigin, NodeState } from '../model/compute-node.ts';
import type { Database } from './database.ts';

/** A stored node. */
export interface NodeRow {
  readonly nodeId: string;
  readonly envId: string;
  readonly instanceId: string;
  readonly state: NodeState;
  readonly origin: NodeOrigin;
  readonly instanceType: string;
  /** Cores. */
  readonly cpu: number;
  /** GiB. */
  readonly mem: number;
  /** The current activity of the node, or the last one. */
  readonly activityId: string;
  /** The task instance that runs on it, as `task/index`. */
  readonly busyWith: string | null;
  /** How often its machine may still be recreated. */
  readonly retriesLeft: number;
  /** When the machine was created; null until CREATED. */
  readonly createdAt: number | null;
}

export interface ActivityRow {
  readonly activityId: string;
  readonly envId: string;
  readonly nodeId: string;
  readonly instanceId: string;
  readonly type: ActivityType;
  readonly cause: string;
  readonly state: ActivityState;
  readonly stateReason: string;
  readonly startTime: number;
  readonly endTime: number | null;
}

const nodeColumns = `node_id AS nodeId, env_id AS envId, instance_id AS instanceId, state, origin,
  instance_type AS instanceType, cpu, mem, activity_id AS activityId, busy_with AS busyWith,
  retries_left AS retriesLeft, created_at AS createdAt`;
const activityColumns = `activity_id AS activityId, env_id AS envId, node_id AS nodeId, instance_id AS instanceId,
  type, cause, state, state_reason AS stateReason, start_time AS startTime, end_time AS endTime`;

/** Inserts a node: SUBMITTED and idle. */
export const insertNode = (
  db: Database,
  region: string,
  node: Omit<NodeRow, 'state' | 'busyWith' | 'createdAt'>,
): void => {
  db.run(
    `INSERT INTO compute_nodes (region, node_id, env_id, instance_id, state, origin, instance_type, cpu, mem, activity_id, retries_left)
     VALUES (?, ?, ?, ?, 'SUBMITTED', ?, ?, ?, ?, ?, ?)`,
    region,
    node.nodeId,
    node.envId,
    node.instanceId,
    node.origin,
    node.instanceType,
    node.cpu,
    node.mem,
    node.activityId,
    node.retriesLeft,
  );
};

/** Nodes of one environment, oldest first. */
export const nodesOf = (db: Database, envId: string): NodeRow[] =>
  db.all<NodeRow>(`SELECT ${nodeColumns} FROM compute_nodes WHERE env_id = ? ORDER BY seq`, envId);

export const findNode = (db: Database, envId: string, nodeId: string): NodeRow | undefined =>
  db.get<NodeRow>(`SELECT ${nodeColumns} FROM compute_nodes WHERE env_id = ? AND node_id = ?`, envId, nodeId);

/** The node of a machine, in any environment of the region. */
export const findNodeByInstance = (db: Database, region: string, instanceId: string): NodeRow | undefined =>
  db.get<NodeRow>(
    `SELECT ${nodeColumns} FROM compute_nodes WHERE region = ? AND instance_id = ?`,
    region,
    instanceId,
  );

/** Number of nodes of an environment by state and origin, from an index. */
export const nodeCountsOf = (
  db: Database,
  envId: string,
): { readonly state: NodeState; readonly origin: NodeOrigin; readonly n: number }[] =>
  db.all(
    'SELECT state, origin, count(*) AS n FROM compute_nodes WHERE env_id = ? GROUP BY state, origin',
    envId,
  );

/** Cores of all nodes that Batch created in a region; the quota limits them. */
export const coresInUse = (db: Database, region: string): number =>
  db.get<{ n: number | null }>(
    `SELECT sum(cpu) AS n FROM compute_nodes WHERE region = ? AND origin = 'BATCH_CREATED'`,
    region,
  )?.n ?? 0;

/** Nodes of all regions that are changing their state, in the order of their creation, at most `limit`. */
export const movingNodes = (
  db: Database,
  limit: number,
): (NodeRow & { readonly region: string; readonly zone: string })[] =>
  db.all(
    `SELECT ${nodeColumns
      .split(',')
      .map((column) => `node.${column.trim()}`)
      .join(', ')}, node.region, env.zone
     FROM compute_nodes AS node JOIN compute_envs AS env USING (env_id)
     WHERE node.state <> 'RUNNING' AND (node.state NOT IN ('CREATION_FAILED', 'ABNORMAL') OR node.retries_left > 0)
     ORDER BY node.seq LIMIT +?`,
    limit,
  );

/** @param createdAt when the machine was created, if this transition creates it */
export const setNodeState = (db: Database, nodeId: string, state: NodeState, createdAt?: number): void => {
  db.run(
    'UPDATE compute_nodes SET state = ?, created_at = coalesce(?, created_at) WHERE node_id = ?',
    state,
    createdAt ?? null,
    nodeId,
  );
};

/** Restarts the creation of a node, with another machine and a new activity; uses up one retry. */
export const markNodeRecreating = (
  db: Database,
  nodeId: string,
  instanceId: string,
  activityId: string,
): void => {
  db.run(
    `UPDATE compute_nodes SET state = 'SUBMITTED', instance_id = ?, activity_id = ?, created_at = NULL,
     retries_left = retries_left - 1 WHERE node_id = ?`,
    instanceId,
    activityId,
    nodeId,
  );
};

/** Moves a node to DELETING, with a new activity. */
export const markNodeDeleting = (db: Database, nodeId: string, activityId: string): void => {
  db.run(
    `UPDATE compute_nodes SET state = 'DELETING', activity_id = ? WHERE node_id = ?`,
    activityId,
    nodeId,
  );
};

export const deleteNode = (db: Database, nodeId: string): void => {
  db.run('DELETE FROM compute_nodes WHERE node_id = ?', nodeId);
};

export const insertActivity = (
  db: Database,
  activity: Omit<ActivityRow, 'stateReason' | 'endTime'>,
): void => {
  db.run(
    `INSERT INTO compute_env_activities
       (activity_id, env_id, node_id, instance_id, type, cause, state, state_reason, start_time)
     VALUES (?, ?, ?, ?, ?, ?, ?, '', ?)`,
    activity.activityId,
    activity.envId,
    activity.nodeId,
    activity.instanceId,
    activity.type,
    activity.cause,
    activity.state,
    activity.startTime,
  );
};

/** @param endTime null while it is in progress */
export const setActivityState = (
  db: Database,
  activityId: string,
  state: ActivityState,
  stateReason: string,
  endTime: number | null,
): void => {
  db.run(
    'UPDATE compute_env_activities SET state = ?, state_reason = ?, end_time = ? WHERE activity_id = ?',
    state,
    stateReason,
    endTime,
    activityId,
  );
};

/**
 * Activities of an environment, newest first.
 * @param nodeIds only those of these nodes; default all
 */
export const listActivities = (
  db: Database,
  envId: string,
  page: { readonly offset: number; readonly limit: number },
  nodeIds?: readonly string[],
): { readonly rows: ActivityRow[]; readonly total: number } => {
  const where =
    nodeIds === undefined ? 'env_id = ?' : `env_id = ? AND node_id IN (SELECT value FROM json_each(?))`;
  const values = nodeIds === undefined ? [envId] : [envId, JSON.stringify(nodeIds)];
  return {
    rows: db.all<ActivityRow>(
      `SELECT ${activityColumns} FROM compute_env_activities WHERE ${where} ORDER BY seq DESC LIMIT +? OFFSET +?`,
      ...values,
      page.limit,
      page.offset,
    ),
    total:
      db.get<{ n: number }>(`SELECT count(*) AS n FROM compute_env_activities WHERE ${where}`, ...values)
        ?.n ?? 0,
  };
};

/** Nodes of an environment that can take a task instance, oldest first. */
export const freeNodesOf = (db: Database, region: string, envId: string): NodeRow[] =>
  db.all<NodeRow>(
    `SELECT ${nodeColumns} FROM compute_nodes
     WHERE env_id = ? AND state = 'RUNNING' AND busy_with IS NULL AND region = ? ORDER BY seq`,
    envId,
    region,
  );

/** Assigns a node to a task instance. @returns false if it is not free */
export const occupyNode = (db: Database, nodeId: string, instanceKey: string): boolean =>
  db.run(
    `UPDATE compute_nodes SET busy_with = ? WHERE node_id = ? AND state = 'RUNNING' AND busy_with IS NULL`,
    instanceKey,
    nodeId,
  ).changes === 1;

/**
 * Releases a node from its task instance.
 * @param isRestarted whether the node restarts first, and is CREATED until it reports
 */
export const releaseNode = (db: Database, nodeId: string, isRestarted = false): void => {
  db.run(
    `UPDATE compute_nodes SET busy_with = NULL, state = iif(? AND state = 'RUNNING', 'CREATED', state)
     WHERE node_id = ?`,
    isRestarted ? 1 : 0,
    nodeId,
  );
};

/** Nodes in DELETING that still run an instance: the loop kills it, then releases the node. */
export const vacatingNodesOf = (db: Database): (NodeRow & { readonly busyWith: string })[] =>
  db.all(`SELECT ${nodeColumns} FROM compute_nodes WHERE state = 'DELETING' AND busy_with IS NOT NULL`);
