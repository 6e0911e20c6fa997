/** The state of the target of one call after it, in one read, so that no second call has to ask for it. */
import type { InputOf, OutputOf } from '../../catalogue/index.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { Fields, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { jobSnapshot, progressOf } from '../jobs/job-snapshot.ts';
import { counted } from '../render/counted.ts';

/**
 * Adds the state to the answer of a call that changed something.
 * @param name the tool; of a tool whose effect is complete when it answers the answer is unchanged
 * @param input checked against the schema of the tool
 */
export const withStateAfter = async (
  answer: ToolAnswer,
  name: string,
  input: Fields,
  context: ToolContext,
): Promise<ToolAnswer> => {
  if (answer.isError) return answer;
  try {
    const after = await readState(name, input, context);
    if (after === undefined) return answer;
    return { ...answer, summary: `${answer.summary} Now: ${after}.`, fields: { ...answer.fields, after } };
  } catch (error) {
    context.signal.throwIfAborted();
    // The call itself has succeeded.
    if (error instanceof ApiError || error instanceof TransportError) return answer;
    throw error;
  }
};

const readState = async (name: string, input: Fields, context: ToolContext): Promise<string | undefined> => {
  switch (name) {
    case 'TerminateJob': {
      const { JobId } = input as InputOf<'TerminateJob'>;
      const job = jobSnapshot(await context.call('DescribeJob', { JobId }));
      return `${[job.JobState, job.NextAction].filter(Boolean).join(', ')}; instances: ${progressOf(job)}`;
    }
    case 'RetryJobs': {
      const { JobIds } = input as InputOf<'RetryJobs'>;
      const { JobSet } = await context.call('DescribeJobs', { JobIds, Limit: 100 });
      const known = (JobSet ?? []).filter(({ JobId, JobState }) => JobId && JobState);
      return known.map(({ JobId, JobState }) => `${JobId} ${JobState}`).join(', ') || undefined;
    }
    case 'TerminateTaskInstance': {
      const { JobId, TaskName, TaskInstanceIndex } = input as InputOf<'TerminateTaskInstance'>;
      const page = { Offset: TaskInstanceIndex, Limit: 1 };
      const { TaskInstanceSet } = await context.call('DescribeTask', { JobId, TaskName, ...page });
      const instance = (TaskInstanceSet ?? []).find((one) => one.TaskInstanceIndex === TaskInstanceIndex);
      return instance?.TaskInstanceState ?? undefined;
    }
    case 'ModifyComputeEnv':
    case 'AttachInstances':
    case 'DetachInstances':
    case 'TerminateComputeNode':
    case 'TerminateComputeNodes': {
      const { EnvId } = input as InputOf<'TerminateComputeNode'>;
      return nodesOf(await context.call('DescribeComputeEnv', { EnvId }));
    }
    case 'DeleteComputeEnv': {
      const { EnvId } = input as InputOf<'DeleteComputeEnv'>;
      const { ComputeEnvSet } = await context.call('DescribeComputeEnvs', { EnvIds: [EnvId] });
      const [env] = ComputeEnvSet ?? [];
      return env ? env.NextAction || 'it still exists' : 'it is gone';
    }
    default:
      return undefined;
  }
};

/** `3 nodes (2 RUNNING, 1 DELETING), 2 wanted`. */
const nodesOf = ({
  ComputeNodeSet,
  DesiredComputeNodeCount,
}: OutputOf<'DescribeComputeEnv'>): string | undefined => {
  const states = (ComputeNodeSet ?? []).map((node) => node.ComputeNodeState ?? 'unknown');
  const counts = [...new Set(states)].map(
    (state) => `${states.filter((one) => one === state).length} ${state}`,
  );
  const nodes = `${counted(states.length, 'node')}${counts.length > 0 ? ` (${counts.join(', ')})` : ''}`;
  return `${nodes}, ${DesiredComputeNodeCount ?? 'an unknown number'} wanted`;
};
