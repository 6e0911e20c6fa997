/** What deleting or shrinking a compute environment would cost. */

import type { InputOf } from '../../../catalogue/index.ts';
import type { Preview, Recipe, ToolContext } from '../../contract/tool.ts';
import { counted } from '../../render/counted.ts';
import { type Env, idOf, isAttached, isBusy, nameOfEnv, someOf, stateOfEnv } from './env-facts.ts';
import { busyNodesSentencesOf } from './node-work.ts';

export const previewDeleteComputeEnv = async (
  { EnvId }: InputOf<'DeleteComputeEnv'>,
  context: ToolContext,
): Promise<Preview> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const nodes = env.ComputeNodeSet ?? [];
  const busy = nodes.filter(isBusy);
  const attached = nodes.filter(isAttached);
  return {
    target: nameOfEnv(env, context.region),
    typed: EnvId,
    state: stateOfEnv(env),
    impact: { nodes: nodes.length, busy: busy.length, attached: attached.length },
    consequences: [
      // The vendor's guide and its notes disagree on this, so it is said as likely.
      ...(busy.length > 0
        ? [
            'The service is likely to refuse this while task instances run on the nodes; end their jobs first.',
          ]
        : []),
      `The environment and its ${counted(nodes.length, 'node')} would be destroyed${nodes.length > 0 ? `: ${someOf(nodes.map(idOf))}` : ''}.`,
      ...(await busyNodesSentencesOf(EnvId, busy, context)),
      ...(attached.length > 0
        ? [
            `${counted(attached.length, 'of them was', 'of them were')} attached by a user: ${someOf(attached.map(idOf))}. Detach them first to keep the machines.`,
          ]
        : []),
    ],
    undo: 'It cannot be undone. A new environment with the same settings gets another EnvId, and new machines.',
    recipe: await recipeOfEnv(EnvId, env, context),
  };
};

export const previewModifyComputeEnv = async (
  { EnvId, DesiredComputeNodeCount }: InputOf<'ModifyComputeEnv'>,
  context: ToolContext,
): Promise<Preview> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const nodes = env.ComputeNodeSet ?? [];
  const before = env.DesiredComputeNodeCount ?? 0;
  const fewer = Math.max(0, before - Number(DesiredComputeNodeCount ?? before));
  const busy = nodes.filter(isBusy);
  // The service chooses which nodes go, so at worst all that work is among them.
  const atRisk = Math.min(fewer, busy.length);
  return {
    target: nameOfEnv(env, context.region),
    typed: EnvId,
    state: stateOfEnv(env),
    impact: { nodes: fewer, busy: atRisk },
    consequences: [
      `The environment would go from ${before} to ${counted(Number(DesiredComputeNodeCount), 'node')}: ${fewer} would be destroyed, chosen by the service.`,
      ...(fewer > 0 ? await busyNodesSentencesOf(EnvId, busy, context) : []),
    ],
    undo: `ModifyComputeEnv with DesiredComputeNodeCount ${before} brings as many new nodes; what ran on the destroyed ones is lost.`,
    recipe: {
      tool: 'ModifyComputeEnv',
      arguments: { EnvId, DesiredComputeNodeCount: before },
      missing: ['What ran on the nodes that were destroyed.'],
    },
  };
};

/**
 * Whether a change has to be confirmed: only where a count is given, and only if it does not surely grow.
 * Between this read and the change another caller may grow the environment; that race cannot be closed from here.
 */
export const shrinksOrUnknown = async (
  { EnvId, DesiredComputeNodeCount }: InputOf<'ModifyComputeEnv'>,
  context: ToolContext,
): Promise<boolean> => {
  if (DesiredComputeNodeCount === undefined) return false;
  try {
    const env = await context.call('DescribeComputeEnv', { EnvId });
    return !(
      typeof env.DesiredComputeNodeCount === 'number' &&
      DesiredComputeNodeCount >= env.DesiredComputeNodeCount
    );
  } catch (error) {
    if (context.signal.aborted) throw error;
    return true;
  }
};

/** The environment, as a call that would create another one like it. */
export const recipeOfEnv = async (EnvId: string, env: Env, context: ToolContext): Promise<Recipe> => {
  const { RequestId, EnvId: _, ...info } = await context.call('DescribeComputeEnvCreateInfo', { EnvId });
  return {
    tool: 'CreateComputeEnv',
    arguments: {
      Placement: env.Placement,
      ComputeEnv: Object.fromEntries(Object.entries(info).filter(([, value]) => value !== null)),
    },
    missing: [
      'ComputeEnv.AgentRunningMode',
      'ComputeEnv.ActionIfComputeNodeInactive',
      'ComputeEnv.ResourceMaxRetryCount',
      'ComputeEnv.NotificationTarget',
      'Machines that were attached',
    ],
  };
};
