/** What follows from the stored settings of a compute environment. */
import type { InputOf } from '../../catalogue/index.ts';
import type { NodeOrigin, NodeState } from './compute-node.ts';
import { capacityOf, smallestTypeFor } from './instance-types.ts';
import type { NotificationView } from './notifications.ts';

/** `ComputeEnv` of CreateComputeEnv, as it is stored. */
export type EnvInfo = InputOf<'CreateComputeEnv'>['ComputeEnv'];

/** The type of the vendor's examples, in its current generation. */
const defaultInstanceType = 'S5.SMALL2';

/**
 * The instance type of the environment's next node: the first of those it allows.
 * @returns nothing when `InstanceTypeOptions` require more than any listed type has
 */
export const instanceTypeOf = (data: EnvInfo['EnvData']): string | undefined => {
  const options = data?.InstanceTypeOptions;
  if (data?.InstanceType !== undefined) return data.InstanceType;
  if (data?.InstanceTypes?.[0] !== undefined) return data.InstanceTypes[0];
  if (options === undefined) return defaultInstanceType;
  return smallestTypeFor(options.CPU, options.Memory, options.InstanceCategories)?.name;
};

/** Cores that a number of nodes of this type takes from the quota. */
export const coresOf = (instanceType: string, count: number): number => capacityOf(instanceType).cpu * count;

/**
 * The settings after ModifyComputeEnv. New instance types replace every other way of specifying the type, since an
 * environment has only one.
 */
export const modifiedInfoOf = (info: EnvInfo, change: InputOf<'ModifyComputeEnv'>): EnvInfo => {
  const { InstanceType, InstanceTypeOptions, ...others } = info.EnvData ?? {};
  return {
    ...info,
    EnvName: change.EnvName ?? info.EnvName,
    DesiredComputeNodeCount: change.DesiredComputeNodeCount ?? info.DesiredComputeNodeCount,
    ...(change.EnvDescription === undefined ? {} : { EnvDescription: change.EnvDescription }),
    ...(change.EnvData === undefined
      ? {}
      : { EnvData: { ...others, InstanceTypes: change.EnvData.InstanceTypes } }),
  };
};

/** The service's default. */
const defaultRetries = 7;

/**
 * How often the machine of a node may be recreated. The vendor names one policy for inactive nodes, RECREATE, which is
 * the default; with any other value they are left alone.
 */
export const retriesOf = (info: EnvInfo): number =>
  (info.ActionIfComputeNodeInactive ?? 'RECREATE') === 'RECREATE'
    ? (info.ResourceMaxRetryCount ?? defaultRetries)
    : 0;

export const notificationsOf = (info: EnvInfo): readonly NotificationView[] => info.Notifications ?? [];

/** The body of an event about a node. */
export const nodeEventBodyOf = (
  env: { readonly envId: string; readonly name: string },
  node: {
    readonly nodeId: string;
    readonly instanceId: string;
    readonly cpu: number;
    readonly mem: number;
  },
  state: NodeState,
  createdTime: string | null,
): Readonly<Record<string, unknown>> => ({
  ComputeNodeId: node.nodeId,
  EnvId: env.envId,
  ComputeNodeState: state,
  Mem: node.mem,
  ResourceCreatedTime: createdTime,
  EnvName: env.name,
  ComputeNodeInstanceId: node.instanceId,
  Cpu: node.cpu,
});

/** The vendor's events for the states of a node; the other states have none. */
export const nodeEventNames: { readonly [S in NodeState]?: string } = {
  CREATED: 'COMPUTE_NODE_CREATED',
  CREATION_FAILED: 'COMPUTE_NODE_CREATION_FAILED',
  RUNNING: 'COMPUTE_NODE_RUNNING',
  ABNORMAL: 'COMPUTE_NODE_ABNORMAL',
  DELETING: 'COMPUTE_NODE_DELETING',
};

/** How many nodes have a state, an origin, or both, from grouped counts. */
export const countOf = (
  counts: readonly { readonly state: NodeState; readonly origin: NodeOrigin; readonly n: number }[],
  matches: { readonly state?: NodeState; readonly origin?: NodeOrigin },
): number =>
  counts
    .filter(
      (row) => row.state === (matches.state ?? row.state) && row.origin === (matches.origin ?? row.origin),
    )
    .reduce((sum, row) => sum + row.n, 0);
