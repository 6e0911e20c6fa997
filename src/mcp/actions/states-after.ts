/** The state of the targets of a list of calls after them, in at most one read. */
import { isFinal } from '../../catalogue/job-states.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { CallList, ListedCall, ToolContext } from '../contract/tool.ts';

/** Actions that leave nothing to be read. */
const deleting: ReadonlySet<string> = new Set(['DeleteJob', 'DeleteTaskTemplates']);

/**
 * Reads the states, where all calls are about jobs, about environments, or about the nodes of one environment.
 * @returns the state by call; without those that one read does not return. An error of the read is no error of the calls
 */
export const readStatesAfter = async (
  calls: CallList,
  context: ToolContext,
): Promise<ReadonlyMap<ListedCall, string>> => {
  const gone = calls.filter(({ action }) => deleting.has(action)).map((call) => [call, 'deleted'] as const);
  const left = calls.filter(({ action }) => !deleting.has(action));
  try {
    const states = await statesOf(left, context);
    return new Map([
      ...gone,
      ...left.flatMap((call) => {
        const state = states.get(idOf(call));
        return state === undefined ? [] : [[call, state] as const];
      }),
    ]);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof ApiError || error instanceof TransportError) return new Map(gone);
    throw error;
  }
};

const idOf = ({ input }: ListedCall): string =>
  String(input.ComputeNodeId ?? input.EnvId ?? input.JobId ?? '');

const statesOf = async (calls: CallList, context: ToolContext): Promise<ReadonlyMap<string, string>> => {
  const [first] = calls;
  if (first === undefined || calls.some(({ action }) => action !== first.action)) return new Map();
  const ids = (name: string): string[] => [...new Set(calls.map(({ input }) => String(input[name])))];
  switch (first.action) {
    case 'TerminateJob': {
      const { JobSet } = await context.call('DescribeJobs', { JobIds: ids('JobId'), Limit: 100 });
      return new Map((JobSet ?? []).map((job) => [job.JobId ?? '', endingStateOf(job.JobState ?? '')]));
    }
    case 'DeleteComputeEnv': {
      const { ComputeEnvSet } = await context.call('DescribeComputeEnvs', {
        EnvIds: ids('EnvId'),
        Limit: 100,
      });
      const found = new Map((ComputeEnvSet ?? []).map((env) => [env.EnvId ?? '', env.NextAction ?? '']));
      return new Map(ids('EnvId').map((id) => [id, found.get(id) ?? 'deleted']));
    }
    case 'TerminateComputeNode': {
      const [EnvId, ...others] = ids('EnvId');
      if (EnvId === undefined || others.length > 0) return new Map();
      const { ComputeNodeSet } = await context.call('DescribeComputeEnv', { EnvId });
      const found = new Map(
        (ComputeNodeSet ?? []).map((node) => [node.ComputeNodeId, node.ComputeNodeState]),
      );
      return new Map(ids('ComputeNodeId').map((id) => [id, found.get(id) ?? 'deleted']));
    }
    default:
      return new Map();
  }
};

/** The list of jobs does not say that one is being terminated. */
const endingStateOf = (state: string): string => (isFinal(state) ? state : `${state}, terminating`);
