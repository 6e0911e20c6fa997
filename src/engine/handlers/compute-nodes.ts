/** The actions on the nodes of an environment: activities, termination, attached instances. */
import { canTerminate, causes } from '../model/compute-node.ts';
import { timeText } from '../model/time.ts';
import { addNode, endNode } from '../store/compute-env-changes.ts';
import { type EnvRow, findEnv, findEnvOrDeleted, setDesired } from '../store/compute-envs.ts';
import { type ActivityRow, findNode, findNodeByInstance, listActivities } from '../store/compute-nodes.ts';
import { noEnv } from './compute-env-views.ts';
import type { Handler, HandlerContext } from './handler.ts';

/** The default of `Limit`. */
const defaultLimit = 20;

const DescribeComputeEnvActivities: Handler<'DescribeComputeEnvActivities'> = (
  input,
  { db, region },
  refuse,
) => {
  const nodeIds = input.Filters?.Values;
  if (nodeIds?.some((nodeId) => !/^node-[0-9a-z]{8}$/.test(nodeId))) {
    refuse('InvalidParameter.ComputeNodeIdMalformed');
  }
  // Activities outlive their environment: only they say how it ended.
  const env =
    findEnvOrDeleted(db, region, input.EnvId) ??
    refuse('ResourceNotFound.ComputeEnv', noEnv(input.EnvId, region));
  const page = { offset: input.Offset ?? 0, limit: input.Limit ?? defaultLimit };
  const { rows, total } = listActivities(db, env.envId, page, nodeIds);
  return { ActivitySet: rows.map(activityViewOf), TotalCount: total };
};

const TerminateComputeNode: Handler<'TerminateComputeNode'> = (input, context, refuse) => {
  const env =
    findEnv(context.db, context.region, input.EnvId) ??
    refuse('ResourceNotFound.ComputeEnv', noEnv(input.EnvId, context.region));
  if (env.deleting) refuse('UnsupportedOperation.ComputeEnvAcceptOtherRequest');
  const problem = terminate(context, env, 'TerminateComputeNode', [input.ComputeNodeId]);
  if (problem?.code === 'attached') return refuse('UnsupportedOperation.ComputeEnvOperation', detachInstead);
  return problem ? refuse(problem.code, problem.message) : {};
};

const TerminateComputeNodes: Handler<'TerminateComputeNodes'> = (input, context, refuse) => {
  const env =
    findEnv(context.db, context.region, input.EnvId) ??
    refuse('ResourceNotFound.ComputeEnv', noEnv(input.EnvId, context.region));
  if (env.deleting) refuse('UnsupportedOperation.ComputeEnvAcceptOtherRequest');
  // Terminating a node twice is documented as an error.
  if (new Set(input.ComputeNodeIds).size < input.ComputeNodeIds.length) {
    refuse('UnsupportedOperation.ComputeNodeIsTerminating', 'A node is named twice in ComputeNodeIds.');
  }
  const problem = terminate(context, env, 'TerminateComputeNodes', input.ComputeNodeIds);
  if (problem?.code === 'attached') return refuse('UnsupportedOperation', detachInstead);
  return problem ? refuse(problem.code, problem.message) : {};
};

const detachInstead = 'An attached instance belongs to its owner: remove it with DetachInstances.';

interface TerminateProblem {
  readonly code:
    | 'attached'
    | 'ResourceNotFound.ComputeNode'
    | 'UnsupportedOperation.ComputeNodeIsTerminating'
    | 'UnsupportedOperation.ComputeNodeForbidTerminate';
  readonly message: string;
}

/** Terminates nodes: all, or none, since a refusal rolls the transaction back. Each lowers the desired count. */
const terminate = (
  context: HandlerContext,
  env: EnvRow,
  action: string,
  nodeIds: readonly string[],
): TerminateProblem | undefined => {
  for (const nodeId of nodeIds) {
    const node = findNode(context.db, env.envId, nodeId);
    if (!node) {
      const message = `Environment \`${env.envId}\` has no node \`${nodeId}\`.`;
      return { code: 'ResourceNotFound.ComputeNode', message };
    }
    const message = `The node \`${nodeId}\` is ${node.state}.`;
    if (node.origin === 'USER_ATTACHED') return { code: 'attached', message: detachInstead };
    if (node.state === 'DELETING') return { code: 'UnsupportedOperation.ComputeNodeIsTerminating', message };
    if (!canTerminate(node.state)) {
      return { code: 'UnsupportedOperation.ComputeNodeForbidTerminate', message };
    }
    endNode(context, env, node, causes.terminated(action, nodeId));
  }
  setDesired(context.db, env.envId, Math.max(0, env.desired - nodeIds.length));
  context.wake();
  return undefined;
};

const AttachInstances: Handler<'AttachInstances'> = (input, context, refuse) => {
  const { db, region, settings } = context;
  const ids = input.Instances.map((instance) => instance.InstanceId);
  if (new Set(ids).size < ids.length) refuse('InvalidParameterValue.InstanceIdDuplicated');
  const env =
    findEnv(db, region, input.EnvId) ?? refuse('ResourceNotFound.ComputeEnv', noEnv(input.EnvId, region));
  if (env.deleting) refuse('UnsupportedOperation', 'The compute environment is being deleted.');
  for (const instanceId of ids) {
    if (!isInstanceId(instanceId)) refuse('InternalError.CallCvm', malformedInstance(instanceId));
    if (findNodeByInstance(db, region, instanceId)) {
      refuse(
        'UnsupportedOperation.InstancesNotAllowToAttach',
        `The instance \`${instanceId}\` is in a compute environment already.`,
      );
    }
    // The id stands for no real machine: it gets a slot of this one.
    const { cpu, memoryGiB } = settings.machine;
    const node = {
      origin: 'USER_ATTACHED',
      instanceId,
      instanceType: '',
      cpu,
      mem: Math.floor(memoryGiB),
      // Only its owner can recreate it.
      retriesLeft: 0,
    } as const;
    addNode(context, env.envId, node, causes.attached(instanceId));
  }
  context.wake();
  return {};
};

const DetachInstances: Handler<'DetachInstances'> = (input, context, refuse) => {
  const { db, region } = context;
  const ids = input.InstanceIds;
  if (new Set(ids).size < ids.length) refuse('InvalidParameterValue.InstanceIdDuplicated');
  const env =
    findEnv(db, region, input.EnvId) ?? refuse('ResourceNotFound.ComputeEnv', noEnv(input.EnvId, region));
  for (const instanceId of ids) {
    if (!isInstanceId(instanceId)) refuse('InternalError.CallCvm', malformedInstance(instanceId));
    const node = findNodeByInstance(db, region, instanceId);
    if (!node || node.envId !== env.envId) {
      return refuse(
        'UnsupportedOperation',
        `The instance \`${instanceId}\` is not in this compute environment.`,
      );
    }
    if (node.origin === 'BATCH_CREATED') {
      refuse(
        'UnsupportedOperation',
        `The instance \`${instanceId}\` was created by Batch; terminate its node instead.`,
      );
    }
    if (!canTerminate(node.state)) {
      refuse('UnsupportedOperation', `The node of instance \`${instanceId}\` is in ${node.state}.`);
    }
    endNode(context, env, node, causes.detached(instanceId));
  }
  context.wake();
  return {};
};

const isInstanceId = (text: string): boolean => /^ins-[0-9a-z]{8}$/.test(text);

// The CVM API reports this; the form is that of the example in the vendor's list of activities.
const malformedInstance = (instanceId: string): string =>
  `InternalError.CallCvm:InvalidInstanceId.Malformed (\`${instanceId.slice(0, 64)}\`)`;

const activityViewOf = (activity: ActivityRow) => ({
  ActivityId: activity.activityId,
  ComputeNodeId: activity.nodeId,
  ComputeNodeActivityType: activity.type,
  EnvId: activity.envId,
  Cause: activity.cause,
  ActivityState: activity.state,
  StateReason: activity.stateReason,
  StartTime: timeText(activity.startTime),
  EndTime: activity.endTime === null ? null : timeText(activity.endTime),
  InstanceId: activity.instanceId,
});

export const computeNodeHandlers = {
  DescribeComputeEnvActivities,
  TerminateComputeNode,
  TerminateComputeNodes,
  AttachInstances,
  DetachInstances,
};
