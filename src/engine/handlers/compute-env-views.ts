/** Environments and nodes as the API returns them: which ones a list selects, and the fields of each. */
import { countOf, type EnvInfo } from '../model/compute-env.ts';
import { metricsOf } from '../model/compute-node.ts';
import { type FilterView, passes, type TagView, valuesOfFilter } from '../model/filters.ts';
import { timeText } from '../model/time.ts';
import { isZoneOf } from '../model/zones.ts';
import { infoOf } from '../store/compute-env-changes.ts';
import { type EnvRow, listEnvs } from '../store/compute-envs.ts';
import { type NodeRow, nodeCountsOf } from '../store/compute-nodes.ts';
import type { HandlerContext } from './handler.ts';

/** The default of `Limit`. */
const defaultLimit = 20;
/** Bare metal was withdrawn by the vendor. */
const resourceType = 'CVM';

/** Environments by ids or filters, newest first; ids that do not exist are ignored. */
export const selectEnvs = (
  { db, region }: HandlerContext,
  input: {
    readonly EnvIds?: readonly string[] | undefined;
    readonly Filters?: readonly FilterView[] | undefined;
  },
  refuseZone: (zone: string) => never,
): readonly EnvRow[] => {
  for (const zone of valuesOfFilter(input.Filters, 'zone')) if (!isZoneOf(zone, region)) refuseZone(zone);
  const readerOf =
    (env: EnvRow) =>
    (name: string): string | undefined =>
      ({ zone: env.zone, 'env-id': env.envId, 'env-name': env.name, 'resource-type': resourceType })[name];
  return listEnvs(db, region).filter(
    (env) => (input.EnvIds?.includes(env.envId) ?? true) && passes(input.Filters, readerOf(env), tagsOf(env)),
  );
};

export const pageOf = (
  envs: readonly EnvRow[],
  {
    Offset = 0,
    Limit = defaultLimit,
  }: { readonly Offset?: number | undefined; readonly Limit?: number | undefined },
): readonly EnvRow[] => envs.slice(Offset, Offset + Limit);

// Validated by the catalogue before it was stored.
const tagsOf = (env: EnvRow): TagView[] => JSON.parse(env.tags) as TagView[];

/** An environment as the two Describe actions return it. */
export const viewOf = (env: EnvRow, { db }: HandlerContext) => {
  const counts = nodeCountsOf(db, env.envId);
  return {
    EnvId: env.envId,
    EnvName: env.name,
    Placement: JSON.parse(env.placement),
    CreateTime: timeText(env.createTime),
    ComputeNodeMetrics: metricsOf((state) => countOf(counts, { state })),
    EnvType: infoOf(env).EnvType ?? 'MANAGED',
    DesiredComputeNodeCount: env.desired,
    ResourceType: resourceType,
    NextAction: env.deleting ? 'DELETING' : '',
    AttachedComputeNodeCount: countOf(counts, { origin: 'USER_ATTACHED' }),
    Tags: tagsOf(env),
  };
};

export const nodeViewOf = (node: NodeRow) => ({
  ComputeNodeId: node.nodeId,
  ComputeNodeInstanceId: node.instanceId,
  ComputeNodeState: node.state,
  Cpu: node.cpu,
  Mem: node.mem,
  ResourceCreatedTime: node.createdAt === null ? null : timeText(node.createdAt),
  ResourceType: resourceType,
  TaskInstanceNumAvailable: node.state === 'RUNNING' && node.busyWith === null ? 1 : 0,
  AgentVersion: 'local',
  // All nodes are this machine, and it is not reachable from outside.
  PrivateIpAddresses: ['127.0.0.1'],
  PublicIpAddresses: [],
  ResourceOrigin: node.origin,
});

/** The settings of an environment, with the changes made since it was created. */
export const createInfoOf = (env: EnvRow) => {
  const info: EnvInfo = infoOf(env);
  return {
    EnvId: env.envId,
    EnvName: info.EnvName,
    EnvDescription: info.EnvDescription ?? '',
    EnvType: info.EnvType ?? 'MANAGED',
    EnvData: info.EnvData ?? {},
    MountDataDisks: info.MountDataDisks ?? [],
    InputMappings: info.InputMappings ?? [],
    Authentications: info.Authentications ?? [],
    Notifications: info.Notifications ?? [],
    DesiredComputeNodeCount: env.desired,
    Tags: tagsOf(env),
  };
};

/** The message of ResourceNotFound.ComputeEnv. */
export const noEnv = (envId: string, region: string): string =>
  `There is no compute environment \`${envId}\` in ${region}.`;
