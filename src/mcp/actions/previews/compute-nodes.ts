/** What terminating nodes, or attaching and detaching machines, would destroy. */
import type { InputOf } from '../../../catalogue/index.ts';
import { ApiError } from '../../../shared/errors.ts';
import type { Inspection, ToolContext } from '../../contract/tool.ts';
import { counted } from '../../render/counted.ts';
import { quoted } from '../../render/untrusted.ts';
import {
  attachedSentencesOf,
  isAttached,
  isBusy,
  machinesOf,
  type Node,
  nameOfEnv,
  stateOfEnv,
} from './env-facts.ts';
import { busyNodesSentencesOf } from './node-work.ts';

/** One node, or several: they differ only in the confirmation text. */
export const inspectTerminateNodes = async (
  EnvId: string,
  nodeIds: readonly string[],
  context: ToolContext,
): Promise<Inspection> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const ids = [...new Set(nodeIds)].sort();
  const nodes = (env.ComputeNodeSet ?? []).filter((node) => ids.includes(String(node.ComputeNodeId)));
  const unknown = ids.filter((id) => !nodes.some((node) => node.ComputeNodeId === id));
  if (unknown.length > 0) {
    throw new ApiError(
      'DescribeComputeEnv',
      'ResourceNotFound.ComputeNode',
      `${EnvId} has no node ${unknown.join(', ')}.`,
      env.RequestId ?? undefined,
    );
  }
  const busy = nodes.filter(isBusy);
  const attached = nodes.filter(isAttached);
  const [only] = ids;
  const isEnding = nodes.every((node) => node.ComputeNodeState === 'DELETING');
  const desired = env.DesiredComputeNodeCount ?? 0;
  return {
    target: `${ids.length === 1 ? 'node' : `${ids.length} nodes`} ${ids.join(', ')} of ${nameOfEnv(env, context.region)}`,
    confirmationText: ids.length === 1 && only !== undefined ? only : EnvId,
    // Without the number of nodes that are wanted: terminating another node lowers it, and no more is lost.
    state: {
      CreateTime: env.CreateTime ?? '',
      NextAction: env.NextAction ?? '',
      ...nodeStatesOf(nodes, 'ComputeNodeId'),
    },
    impact: { nodes: ids.length, busy: busy.length, attached: attached.length },
    undo: `What is on the nodes cannot be restored. ModifyComputeEnv with DesiredComputeNodeCount ${desired} creates new nodes in place of them.`,
    details: attachedSentencesOf(attached),
    ...(isEnding && {
      nothingToDo: `${counted(ids.length, 'node is', 'nodes are')} already being terminated.`,
    }),
    consequences: async () => [
      `${ids.length} of ${counted(env.ComputeNodeSet?.length ?? 0, 'node')} would be destroyed, with what is on their disks.`,
      ...(await busyNodesSentencesOf(EnvId, busy, context)),
      ...attachedSentencesOf(attached),
    ],
    recipe: async () => ({
      tool: 'ModifyComputeEnv',
      arguments: { EnvId, DesiredComputeNodeCount: desired },
      missing: ['What was on the nodes.'],
    }),
  };
};

export const inspectAttachInstances = async (
  { EnvId, Instances }: InputOf<'AttachInstances'>,
  context: ToolContext,
): Promise<Inspection> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const ids = [...new Set(Instances.map((instance) => instance.InstanceId))].sort();
  return {
    target: `${machinesOf(ids)}, to be attached to ${nameOfEnv(env, context.region)}`,
    confirmationText: EnvId,
    state: stateOfEnv(env),
    impact: { machines: ids.length },
    details: installationsOf(Instances),
    undo: 'What is on the machines cannot be restored. DetachInstances releases the machines.',
    consequences: async () => [
      `The operating system of ${counted(ids.length, 'machine')} would be reinstalled: everything on their system disks is lost, and their user data is reset.`,
      ...installationsOf(Instances),
      'Afterwards the machines run jobs of this environment.',
    ],
  };
};

/** With which image and login, machines with the same ones together. */
const installationsOf = (instances: InputOf<'AttachInstances'>['Instances']): readonly string[] => {
  const groups = new Map<string, string[]>();
  for (const { InstanceId, ImageId, LoginSettings } of instances) {
    const how = `${ImageId === undefined ? 'the default image' : `image ${ImageId}`}, ${loginOf(LoginSettings)}`;
    groups.set(how, [...(groups.get(how) ?? []), InstanceId]);
  }
  return [...groups].map(([how, ids]) =>
    groups.size === 1 ? `Installed with ${how}.` : `${machinesOf(ids)}: installed with ${how}.`,
  );
};

const loginOf = (settings: InputOf<'AttachInstances'>['Instances'][number]['LoginSettings']): string => {
  if (settings?.KeepImageLogin === 'TRUE') return 'the login of the image';
  const ways = [
    ...(settings?.KeyIds?.length ? [`key pair ${settings.KeyIds.map((id) => quoted(id)).join(', ')}`] : []),
    ...(settings?.Password === undefined ? [] : ['the given password']),
  ];
  return ways.length > 0 ? `login with ${ways.join(' and ')}` : 'a generated password';
};

export const inspectDetachInstances = async (
  { EnvId, InstanceIds }: InputOf<'DetachInstances'>,
  context: ToolContext,
): Promise<Inspection> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const ids = [...new Set(InstanceIds)].sort();
  const nodes = (env.ComputeNodeSet ?? []).filter((node) => ids.includes(String(node.ComputeNodeInstanceId)));
  const busy = nodes.filter(isBusy);
  return {
    target: `${machinesOf(ids)}, to be detached from ${nameOfEnv(env, context.region)}`,
    confirmationText: EnvId,
    state: { ...stateOfEnv(env), ...nodeStatesOf(nodes, 'ComputeNodeInstanceId') },
    impact: { machines: ids.length, busy: busy.length },
    undo: 'AttachInstances adds them again, but reinstalls their operating system.',
    isReached: nodes.length === 0,
    consequences: async () => [
      `${counted(ids.length, 'machine')} would leave the environment, and continue to exist and to cost money.`,
      ...(await busyNodesSentencesOf(EnvId, busy, context)),
    ],
    recipe: async () => ({
      tool: 'AttachInstances',
      arguments: { EnvId, Instances: ids.map((InstanceId) => ({ InstanceId })) },
      missing: ['The content of the system disks: attaching reinstalls them.'],
    }),
  };
};

const nodeStatesOf = (
  nodes: readonly Node[],
  id: 'ComputeNodeId' | 'ComputeNodeInstanceId',
): Inspection['state'] =>
  Object.fromEntries(nodes.map((node) => [String(node[id]), node.ComputeNodeState ?? '']));
