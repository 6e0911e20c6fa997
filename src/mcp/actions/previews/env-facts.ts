/** What the previews say about a compute environment and its nodes. */
import type { OutputOf } from '../../../catalogue/index.ts';
import type { Preview } from '../../contract/tool.ts';
import { quoted } from '../../render/untrusted.ts';

export type Env = OutputOf<'DescribeComputeEnv'>;
export type Node = NonNullable<Env['ComputeNodeSet']>[number];

export const stateOfEnv = (env: Env): Preview['state'] => ({
  CreateTime: env.CreateTime ?? '',
  DesiredComputeNodeCount: String(env.DesiredComputeNodeCount ?? 0),
  NextAction: env.NextAction ?? '',
});

export const nameOfEnv = (env: Env, region: string | undefined): string =>
  `${env.EnvId} (${quoted(env.EnvName ?? '')})${region ? ` in ${region}` : ''}${env.NextAction ? `, ${env.NextAction}` : ''}`;

/** A node with no free place runs an instance; the API does not say which. */
export const isBusy = (node: Node): boolean =>
  node.TaskInstanceNumAvailable === 0 && node.ComputeNodeState === 'RUNNING';
export const isAttached = (node: Node): boolean => node.ResourceOrigin === 'USER_ATTACHED';

/** The first ids of a list, and how many more there are. A preview names what a person can read. */
export const someOf = (ids: readonly string[], most = 10): string =>
  ids.length > most ? `${ids.slice(0, most).join(', ')} and ${ids.length - most} more` : ids.join(', ');

export const idOf = (node: Node): string => String(node.ComputeNodeId);
