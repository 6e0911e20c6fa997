/** Advances all compute environments: every node that changes its state takes its next step. */
import { assertNodeTransition, nextStepOf } from '../model/compute-node.ts';
import { nodeTerminated } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import { requestKill } from '../store/attempts.ts';
import {
  type ChangeContext,
  recordEnvEvent,
  recordNodeEvent,
  recreateNode,
} from '../store/compute-env-changes.ts';
import { deleteEnv, type EnvRow, emptyDeletingEnvs, findEnv } from '../store/compute-envs.ts';
import {
  deleteNode,
  movingNodes,
  setActivityState,
  setNodeState,
  vacatingNodesOf,
} from '../store/compute-nodes.ts';
import { transaction } from '../store/database.ts';

/** Enough to create an environment of the largest documented size in one turn, which takes milliseconds. */
const nodesAtOnce = 2_000;

export type AdvanceContext = Omit<ChangeContext, 'region'> & {
  readonly settings: Pick<EngineSettings, 'zoneConditions'>;
};

/**
 * Advances nodes, and removes environments that are being deleted and have no node left, in one transaction.
 * @returns whether another turn would advance something
 */
export const advanceComputeEnvs = (context: AdvanceContext): boolean => {
  // Most turns find nothing to do, and cost two queries and no transaction.
  if (movingNodes(context.db, 1).length === 0 && removableEnvs(context).length === 0) return false;
  return transaction(context.db, () => {
    const moved = movingNodes(context.db, nodesAtOnce).filter((node) => moveNode(context, node)).length;
    for (const env of removableEnvs(context)) {
      recordEnvEvent({ ...context, region: env.region }, env, 'COMPUTE_ENV_DELETED');
      deleteEnv(context.db, env.envId);
    }
    const vacated = vacatingNodesOf(context.db).filter((node) => vacate(context, node.busyWith)).length;
    return moved + vacated > 0;
  });
};

/**
 * Requests that what runs on a node is killed; its end releases the node, which the next turn removes.
 * @param busyWith `task/index`, as the loop stores it
 * @returns whether the request is new
 */
const vacate = ({ db, now }: AdvanceContext, busyWith: string): boolean => {
  const [task, index] = busyWith.split('/').map(Number);
  return task !== undefined && index !== undefined && requestKill(db, task, index, nodeTerminated, now());
};

/** In a stuck zone nothing completes, not even the deletion of an empty environment. */
const removableEnvs = ({ db, settings }: AdvanceContext) =>
  emptyDeletingEnvs(db).filter((env) => settings.zoneConditions[env.zone] !== 'stuck');

type MovingNode = ReturnType<typeof movingNodes>[number];

/** @returns whether the node took a step */
const moveNode = (context: AdvanceContext, node: MovingNode): boolean => {
  const env = findEnv(context.db, node.region, node.envId);
  const step = nextStepOf(node, context.settings.zoneConditions[node.zone] ?? 'open');
  if (!env || !step) return false;
  takeStep({ ...context, region: node.region }, env, node, step);
  return true;
};

const takeStep = (
  context: ChangeContext,
  env: EnvRow,
  node: MovingNode,
  step: NonNullable<ReturnType<typeof nextStepOf>>,
): void => {
  const { db, now } = context;
  switch (step.kind) {
    case 'remove':
      setActivityState(db, node.activityId, 'SUCCEED', '', now());
      deleteNode(db, node.nodeId);
      return;
    case 'recreate':
      recreateNode(context, node);
      return;
    case 'move':
      assertNodeTransition(node.state, step.to);
      setNodeState(db, node.nodeId, step.to, step.to === 'CREATED' ? now() : undefined);
      if (step.activity) {
        const endTime = step.activity === 'PROCESSING' ? null : now();
        setActivityState(db, node.activityId, step.activity, step.reason ?? '', endTime);
      }
      recordNodeEvent(context, env, node, step.to);
      return;
    default:
      step satisfies never;
  }
};
