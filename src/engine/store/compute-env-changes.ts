/** Changes that touch an environment, its nodes, their activities and the messages about them together. */
import { type EnvInfo, nodeEventBodyOf, nodeEventNames, notificationsOf } from '../model/compute-env.ts';
import { assertNodeTransition, causes, type NodeOrigin, type NodeState } from '../model/compute-node.ts';
import { messagesOf } from '../model/notifications.ts';
import { timeText } from '../model/time.ts';
import type { EnvRow } from './compute-envs.ts';
import {
  insertActivity,
  insertNode,
  markNodeDeleting,
  markNodeRecreating,
  type NodeRow,
} from './compute-nodes.ts';
import type { Database } from './database.ts';
import { recordEvents } from './events.ts';

/** What a change depends on. */
export interface ChangeContext {
  readonly db: Database;
  readonly region: string;
  readonly now: () => number;
  readonly newId: (prefix: 'node' | 'act' | 'ins') => string;
}

// The catalogue checked it when it was submitted.
export const infoOf = (env: EnvRow): EnvInfo => JSON.parse(env.info) as EnvInfo;

/** Adds a node in SUBMITTED, with the activity that creates it. */
export const addNode = (
  context: ChangeContext,
  envId: string,
  node: {
    readonly origin: NodeOrigin;
    readonly instanceId: string;
    readonly instanceType: string;
    readonly cpu: number;
    readonly mem: number;
    readonly retriesLeft: number;
  },
  cause: string,
): void => {
  const nodeId = context.newId('node');
  const activityId = beginCreation(context, { envId, nodeId, instanceId: node.instanceId }, cause);
  insertNode(context.db, context.region, { ...node, nodeId, envId, activityId });
};

/** Recreates the machine of a node. */
export const recreateNode = (context: ChangeContext, node: NodeRow): void => {
  assertNodeTransition(node.state, 'SUBMITTED');
  const instanceId = context.newId('ins');
  const activityId = beginCreation(context, { ...node, instanceId }, causes.recreated(node.nodeId));
  markNodeRecreating(context.db, node.nodeId, instanceId, activityId);
};

const beginCreation = (
  context: ChangeContext,
  node: { readonly envId: string; readonly nodeId: string; readonly instanceId: string },
  cause: string,
): string => {
  const { envId, nodeId, instanceId } = node;
  const activityId = context.newId('act');
  insertActivity(context.db, {
    activityId,
    envId,
    nodeId,
    instanceId,
    type: 'CREATE_COMPUTE_NODE',
    cause,
    state: 'SUBMITTED',
    startTime: context.now(),
  });
  return activityId;
};

/** Moves a node to DELETING, with the activity that terminates it. */
export const endNode = (context: ChangeContext, env: EnvRow, node: NodeRow, cause: string): void => {
  assertNodeTransition(node.state, 'DELETING');
  const activityId = context.newId('act');
  markNodeDeleting(context.db, node.nodeId, activityId);
  insertActivity(context.db, {
    activityId,
    envId: env.envId,
    nodeId: node.nodeId,
    instanceId: node.instanceId,
    type: 'TERMINATE_COMPUTE_NODE',
    cause,
    state: 'PROCESSING',
    startTime: context.now(),
  });
  recordNodeEvent(context, env, node, 'DELETING');
};

/** Stores the message that a node has reached a state, for the topics that subscribe to it. */
export const recordNodeEvent = (
  context: ChangeContext,
  env: EnvRow,
  node: NodeRow,
  state: NodeState,
): void => {
  const name = nodeEventNames[state];
  if (name === undefined) return;
  const createdAt = state === 'CREATED' ? context.now() : node.createdAt;
  recordMessages(
    context,
    env,
    name,
    nodeEventBodyOf(env, node, state, createdAt === null ? null : timeText(createdAt)),
  );
};

/** Stores the message that an environment was created or deleted. */
export const recordEnvEvent = (
  context: ChangeContext,
  env: EnvRow,
  name: 'COMPUTE_ENV_CREATED' | 'COMPUTE_ENV_DELETED',
): void =>
  recordMessages(context, env, name, {
    EnvId: env.envId,
    EnvName: env.name,
    DesiredComputeNodeCount: env.desired,
    CreateTime: timeText(env.createTime),
  });

const recordMessages = (
  { db, region, now }: ChangeContext,
  env: EnvRow,
  name: string,
  body: Readonly<Record<string, unknown>>,
): void => recordEvents(db, messagesOf(notificationsOf(infoOf(env)), { name, region, time: now(), body }));
