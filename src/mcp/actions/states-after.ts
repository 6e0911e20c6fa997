/** The state of the targets of a list of calls after them, in a few reads. */
import { isFinal } from '../../catalogue/job-states.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { CallList, ListedCall, ToolContext } from '../contract/tool.ts';
import type { Wait } from '../contract/wait.ts';

/** Actions that leave nothing to be read. */
const deleting: ReadonlySet<string> = new Set(['DeleteJob', 'DeleteTaskTemplates']);
/** Milliseconds before each read. A local engine ends a job within seconds, and an answer must not wait for longer. */
const waits: readonly number[] = [0, 400, 800, 1_600];
/** Tasks whose instances are read: one read for each. */
const maxTasks = 3;

type States = ReadonlyMap<string, string>;

/**
 * Reads the states, where all calls are of one action; jobs and instances again until they have ended, for three seconds.
 * @returns the state by call; without those that were not read. An error of a read is no error of the calls
 */
export const readStatesAfter = async (
  calls: CallList,
  context: ToolContext,
  wait: Wait,
): Promise<ReadonlyMap<ListedCall, string>> => {
  const gone = calls.filter(({ action }) => deleting.has(action)).map((call) => [call, 'deleted'] as const);
  const left = calls.filter(({ action }) => !deleting.has(action));
  let states: States = new Map();
  try {
    for (const milliseconds of waits) {
      if (milliseconds > 0) await wait(milliseconds, context.signal);
      states = await statesOf(left, context);
      if (![...states.values()].some((state) => state.endsWith(terminating))) break;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof ApiError) && !(error instanceof TransportError)) throw error;
  }
  const read = left.flatMap((call) => {
    const state = states.get(keyOf(call));
    return state === undefined ? [] : [[call, state] as const];
  });
  return new Map([...gone, ...read]);
};

const keyOf = ({ input }: ListedCall): string => {
  const { JobId, TaskName, TaskInstanceIndex, EnvId, ComputeNodeId } = input;
  return TaskInstanceIndex === undefined
    ? String(ComputeNodeId ?? EnvId ?? JobId ?? '')
    : `${JobId}/${TaskName}/${TaskInstanceIndex}`;
};

const statesOf = async (calls: CallList, context: ToolContext): Promise<States> => {
  const [first] = calls;
  if (first === undefined || calls.some(({ action }) => action !== first.action)) return new Map();
  const ids = (name: string): string[] => [...new Set(calls.map(({ input }) => String(input[name])))];
  switch (first.action) {
    case 'TerminateJob': {
      const { JobSet } = await context.call('DescribeJobs', { JobIds: ids('JobId'), Limit: 100 });
      return new Map((JobSet ?? []).map((job) => [job.JobId ?? '', endingStateOf(job.JobState)]));
    }
    case 'TerminateTaskInstance':
      return instanceStatesOf(calls, context);
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

/** Instances are sorted by index, so those of one task are in one page that begins with the first of them. */
const instanceStatesOf = async (calls: CallList, context: ToolContext): Promise<States> => {
  const byTask = new Map<string, ListedCall[]>();
  for (const call of calls) {
    const task = `${call.input.JobId}/${call.input.TaskName}`;
    byTask.set(task, [...(byTask.get(task) ?? []), call]);
  }
  const pages = [...byTask].slice(0, maxTasks).map(async ([task, own]) => {
    const indexes = own.map(({ input }) => Number(input.TaskInstanceIndex));
    const [first] = own;
    const Offset = Math.min(...indexes);
    const { TaskInstanceSet } = await context.call('DescribeTask', {
      JobId: String(first?.input.JobId),
      TaskName: String(first?.input.TaskName),
      Offset,
      Limit: Math.min(1_000, Math.max(...indexes) - Offset + 1),
    });
    return (TaskInstanceSet ?? []).map(
      (one) => [`${task}/${one.TaskInstanceIndex}`, endingStateOf(one.TaskInstanceState)] as const,
    );
  });
  return new Map((await Promise.all(pages)).flat());
};

const terminating = ', terminating';

/** Neither the list of jobs nor that of instances says that one is being terminated. */
const endingStateOf = (state: string | null | undefined): string =>
  isFinal(state) ? String(state) : `${state ?? 'unknown'}${terminating}`;
