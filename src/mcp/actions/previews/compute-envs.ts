/** What deleting or shrinking a compute environment would destroy. */
import type { InputOf } from '../../../catalogue/index.ts';
import type { Inspection, Recipe, ToolContext } from '../../contract/tool.ts';
import { counted } from '../../render/counted.ts';
import { redact } from '../../render/redact.ts';
import { cleanText } from '../../render/untrusted.ts';
import {
  attachedSentencesOf,
  type Env,
  idOf,
  isAttached,
  isBusy,
  nameOfEnv,
  someOf,
  stateOfEnv,
} from './env-facts.ts';
import { busyNodesSentencesOf } from './node-work.ts';

export const inspectDeleteComputeEnv = async (
  { EnvId }: InputOf<'DeleteComputeEnv'>,
  context: ToolContext,
): Promise<Inspection> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const nodes = env.ComputeNodeSet ?? [];
  const busy = nodes.filter(isBusy);
  const attached = nodes.filter(isAttached);
  return {
    target: nameOfEnv(env, context.region),
    confirmationText: EnvId,
    state: stateOfEnv(env),
    impact: { nodes: nodes.length, busy: busy.length, attached: attached.length },
    undo: 'The environment and what is on its nodes cannot be restored. A new environment with the same settings has another EnvId and new machines.',
    details: attachedSentencesOf(attached),
    ...(env.NextAction === 'DELETING' && { nothingToDo: `${EnvId} is already being deleted.` }),
    consequences: async () => [
      // The vendor's guide and its notes disagree on this, so it is called likely.
      ...(busy.length > 0
        ? [
            'The service is likely to refuse this while task instances run on the nodes; terminate their jobs first.',
          ]
        : []),
      `The environment and its ${counted(nodes.length, 'node')} would be destroyed${nodes.length > 0 ? `: ${someOf(nodes.map(idOf))}` : ''}.`,
      ...(await busyNodesSentencesOf(EnvId, busy, context)),
      ...attachedSentencesOf(attached, ' Detach them first to keep the machines.'),
    ],
    recipe: () => recipeOfEnv(EnvId, env, context),
  };
};

export const inspectModifyComputeEnv = async (
  input: InputOf<'ModifyComputeEnv'>,
  context: ToolContext,
): Promise<Inspection> => {
  const { EnvId, DesiredComputeNodeCount } = input;
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const before = env.DesiredComputeNodeCount ?? 0;
  const desired = Number(DesiredComputeNodeCount ?? before);
  const fewer = Math.max(0, before - desired);
  const busy = (env.ComputeNodeSet ?? []).filter(isBusy);
  return {
    target: nameOfEnv(env, context.region),
    confirmationText: EnvId,
    state: stateOfEnv(env),
    // The service chooses which nodes are destroyed, so in the worst case all busy nodes are among them.
    impact: { nodes: fewer, busy: Math.min(fewer, busy.length) },
    undo:
      fewer > 0
        ? `ModifyComputeEnv with DesiredComputeNodeCount ${before} creates as many new nodes; what ran on the destroyed ones is lost.`
        : 'Nothing is destroyed as long as the number of nodes stays the same.',
    isReached: desired === before,
    details: [`From ${before} to ${counted(desired, 'node')}`, ...otherChangesOf(input)],
    consequences: async () => [
      fewer > 0
        ? `The environment would go from ${before} to ${counted(desired, 'node')}: ${fewer} would be destroyed, chosen by the service.`
        : `The environment has ${counted(before, 'node')} and would keep as many.`,
      ...(fewer > 0 ? await busyNodesSentencesOf(EnvId, busy, context) : []),
      ...otherChangesOf(input),
    ],
    recipe: async () => ({
      tool: 'ModifyComputeEnv',
      arguments: { EnvId, DesiredComputeNodeCount: before },
      missing: ['What ran on the nodes that were destroyed.'],
    }),
  };
};

/** Everything a confirmation covers is shown: name, description and instance types change with the number of nodes. */
const otherChangesOf = ({
  EnvId: _,
  DesiredComputeNodeCount: __,
  ...others
}: InputOf<'ModifyComputeEnv'>): readonly string[] =>
  Object.entries(redact(others)).map(
    ([name, value]) => `${name} would become ${cleanText(JSON.stringify(value))}.`,
  );

/** Whether a change has to be confirmed: only where a count is given, and only if the environment does not surely grow. */
export const mayDestroyNodes = async (
  { EnvId, DesiredComputeNodeCount }: InputOf<'ModifyComputeEnv'>,
  context: ToolContext,
): Promise<boolean> => {
  if (DesiredComputeNodeCount === undefined) return false;
  const { DesiredComputeNodeCount: before } = await context.call('DescribeComputeEnv', { EnvId });
  // An equal count is harmless only as long as no one else changes it.
  return !(typeof before === 'number' && DesiredComputeNodeCount > before);
};

/** The environment, as a call that would create another one like it. */
const recipeOfEnv = async (EnvId: string, env: Env, context: ToolContext): Promise<Recipe> => {
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
