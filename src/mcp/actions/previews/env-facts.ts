/** What previews say about a compute environment and its nodes. */
import type { OutputOf } from '../../../catalogue/index.ts';
import type { Inspection } from '../../contract/tool.ts';
import { counted } from '../../render/counted.ts';
import { namedId, quoted } from '../../render/untrusted.ts';

export type Env = OutputOf<'DescribeComputeEnv'>;
export type Node = NonNullable<Env['ComputeNodeSet']>[number];

export const stateOfEnv = (env: Env): Inspection['state'] => ({
  CreateTime: env.CreateTime ?? '',
  DesiredComputeNodeCount: String(env.DesiredComputeNodeCount ?? 0),
  NextAction: env.NextAction ?? '',
});

export const nameOfEnv = (env: Env, region: string | undefined): string =>
  `${namedId(env.EnvId, env.EnvName)}${region ? ` in ${region}` : ''}${env.NextAction ? `, ${env.NextAction}` : ''}`;

/** A node without a free slot runs an instance; the API does not return which. */
export const isBusy = (node: Node): boolean =>
  node.TaskInstanceNumAvailable === 0 && node.ComputeNodeState === 'RUNNING';
export const isAttached = (node: Node): boolean => node.ResourceOrigin === 'USER_ATTACHED';

/** The first ids of a list that the arguments do not name, and how many more there are. */
export const someOf = (ids: readonly string[], max = 10): string =>
  ids.length > max ? `${ids.slice(0, max).join(', ')} and ${ids.length - max} more` : ids.join(', ');

/** Machine ids have no documented form, so they are quoted; all of them are named, because the call covers them all. */
export const machinesOf = (ids: readonly string[]): string =>
  `${counted(ids.length, 'machine')} ${ids.map((id) => quoted(id)).join(', ')}`;

export const idOf = (node: Node): string => node.ComputeNodeId || 'a node without id';

/** How many of the nodes a user attached, one sentence; none where there are none. */
export const attachedSentencesOf = (attached: readonly Node[], advice = ''): readonly string[] =>
  attached.length === 0
    ? []
    : [
        `${counted(attached.length, 'of them was', 'of them were')} attached by a user: ${someOf(attached.map(idOf))}.${advice}`,
      ];
