/** What terminating nodes, or attaching and detaching machines, would cost. */

import type { InputOf } from '../../../catalogue/index.ts';
import { ApiError } from '../../../shared/errors.ts';
import type { Preview, ToolContext } from '../../contract/tool.ts';
import { counted } from '../../render/counted.ts';
import { isAttached, isBusy, nameOfEnv, someOf, stateOfEnv } from './env-facts.ts';
import { busyNodesSentencesOf } from './node-work.ts';

/** One node, or several: the same but for what is typed. */
export const previewTerminateNodes = async (
  EnvId: string,
  nodeIds: readonly string[],
  context: ToolContext,
): Promise<Preview> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const ids = [...new Set(nodeIds)].sort();
  const nodes = (env.ComputeNodeSet ?? []).filter((node) => ids.includes(String(node.ComputeNodeId)));
  const unknown = ids.filter((id) => !nodes.some((node) => node.ComputeNodeId === id));
  if (unknown.length > 0) {
    throw new ApiError(
      'DescribeComputeEnv',
      'ResourceNotFound.ComputeNode',
      `${EnvId} has no node ${someOf(unknown)}.`,
      env.RequestId ?? undefined,
    );
  }
  const busy = nodes.filter(isBusy);
  const attached = nodes.filter(isAttached);
  const [only] = ids;
  return {
    target: `${ids.length === 1 ? 'node' : `${ids.length} nodes`} ${someOf(ids)} of ${nameOfEnv(env, context.region)}`,
    typed: ids.length === 1 && only !== undefined ? only : EnvId,
    state: {
      ...stateOfEnv(env),
      ...Object.fromEntries(nodes.map((node) => [String(node.ComputeNodeId), node.ComputeNodeState ?? ''])),
    },
    impact: { nodes: ids.length, busy: busy.length, attached: attached.length },
    consequences: [
      `${ids.length} of ${counted(env.ComputeNodeSet?.length ?? 0, 'node')} would be destroyed, with what is on their disks.`,
      ...(await busyNodesSentencesOf(EnvId, busy, context)),
      ...(attached.length > 0
        ? [
            `${counted(attached.length, 'of them was', 'of them were')} attached by a user: ${someOf(attached.map((node) => String(node.ComputeNodeId)))}.`,
          ]
        : []),
    ],
    undo: `It cannot be undone. ModifyComputeEnv with DesiredComputeNodeCount ${env.DesiredComputeNodeCount ?? 0} brings new nodes in their place.`,
    recipe: {
      tool: 'ModifyComputeEnv',
      arguments: { EnvId, DesiredComputeNodeCount: env.DesiredComputeNodeCount ?? 0 },
      missing: ['What was on the nodes.'],
    },
  };
};

export const previewAttachInstances = async (
  { EnvId, Instances }: InputOf<'AttachInstances'>,
  context: ToolContext,
): Promise<Preview> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const ids = [...new Set(Instances.map((instance) => instance.InstanceId))].sort();
  return {
    target: `${ids.length === 1 ? 'machine' : 'machines'} ${someOf(ids)}, to be attached to ${nameOfEnv(env, context.region)}`,
    typed: EnvId,
    state: stateOfEnv(env),
    impact: { machines: ids.length },
    consequences: [
      `The operating system of ${counted(ids.length, 'machine')} would be reinstalled: everything on their system disks is lost, and their user data is reset.`,
      'Afterwards the machines run jobs of this environment.',
    ],
    undo: 'It cannot be undone. DetachInstances gives the machines back, but not what was on them.',
  };
};

export const previewDetachInstances = async (
  { EnvId, InstanceIds }: InputOf<'DetachInstances'>,
  context: ToolContext,
): Promise<Preview> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const ids = [...new Set(InstanceIds)].sort();
  const nodes = (env.ComputeNodeSet ?? []).filter((node) => ids.includes(String(node.ComputeNodeInstanceId)));
  const busy = nodes.filter(isBusy);
  return {
    target: `${ids.length === 1 ? 'machine' : 'machines'} ${someOf(ids)}, to be detached from ${nameOfEnv(env, context.region)}`,
    typed: EnvId,
    state: {
      ...stateOfEnv(env),
      ...Object.fromEntries(
        nodes.map((node) => [String(node.ComputeNodeInstanceId), node.ComputeNodeState ?? '']),
      ),
    },
    impact: { machines: ids.length, busy: busy.length },
    consequences: [
      `${counted(ids.length, 'machine')} would leave the environment, and go on existing and costing.`,
      ...(await busyNodesSentencesOf(EnvId, busy, context)),
    ],
    undo: 'AttachInstances takes them back, but reinstalls their operating system.',
    recipe: {
      tool: 'AttachInstances',
      arguments: { EnvId, Instances: ids.map((InstanceId) => ({ InstanceId })) },
      missing: ['The content of the system disks: attaching reinstalls them.'],
    },
  };
};
