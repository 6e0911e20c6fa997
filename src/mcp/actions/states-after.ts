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

export interface StatesAfter {
  /** Without the calls whose target was not read. */
  readonly states: ReadonlyMap<ListedCall, string>;
  /** How many instances of each task concerned are in which state: `job-1a2b3c4d/work: 3 Running, 2 Failed`. */
  readonly tasks: readonly string[];
}

/**
 * Reads the states, where all calls are of one action; jobs and instances again until they have ended, for three seconds.
 * An error of a read is no error of the calls.
 */
export const readStatesAfter = async (
  calls: CallList,
  context: ToolContext,
  wait: Wait,
): Promise<StatesAfter> => {
  const gone = calls.filter(({ action }) => deleting.has(action)).map((call) => [call, 'deleted'] as const);
  const left = calls.filter(({ action }) => !deleting.has(action));
  let states: States = new Map();
  let tasks: readonly string[] = [];
  try {
    for (const milliseconds of waits) {
      if (milliseconds > 0) await wait(milliseconds, context.signal);
      ({ states, tasks = [] } = await statesOf(left, context));
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
  return { states: new Map([...gone, ...read]), tasks };
};

const keyOf = ({ input }: ListedCall): string => {
  const { JobId, TaskName, TaskInstanceIndex, EnvId, ComputeNodeId } = input;
  return TaskInstanceIndex === undefined
    ? String(ComputeNodeId ?? EnvId ?? JobId ?? '')
    : `${JobId}/${TaskName}/${TaskInstanceIndex}`;
};

interface Read {
  readonly states: States;
  readonly tasks?: readonly string[];
}

const statesOf = async (calls: CallList, context: ToolContext): Promise<Read> => {
  const [first] = calls;
  if (first === undefined || calls.some(({ action }) => action !== first.action))
    return { states: new Map() };
  const ids = (name: string): string[] => [...new Set(calls.map(({ input }) => String(input[name])))];
  switch (first.action) {
    case 'TerminateJob': {
      const { JobSet } = await context.call('DescribeJobs', { JobIds: ids('JobId'), Limit: 100 });
      return { states: new Map((JobSet ?? []).map((job) => [job.JobId ?? '', endingStateOf(job.JobState)])) };
    }
    case 'TerminateTaskInstance':
      return instanceStatesOf(calls, context);
    case 'DeleteComputeEnv': {
      const { ComputeEnvSet } = await context.call('DescribeComputeEnvs', {
        EnvIds: ids('EnvId'),
        Limit: 100,
      });
      const found = new Map((ComputeEnvSet ?? []).map((env) => [env.EnvId ?? '', env.NextAction ?? '']));
      return { states: new Map(ids('EnvId').map((id) => [id, found.get(id) ?? 'deleted'])) };
    }
    case 'TerminateComputeNode': {
      const [EnvId, ...others] = ids('EnvId');
      if (EnvId === undefined || others.length > 0) return { states: new Map() };
      const { ComputeNodeSet } = await context.call('DescribeComputeEnv', { EnvId });
      const found = new Map(
        (ComputeNodeSet ?? []).map((node) => [node.ComputeNodeId, node.ComputeNodeState]),
      );
      return { states: new Map(ids('ComputeNodeId').map((id) => [id, found.get(id) ?? 'deleted'])) };
    }
    default:
      return { states: new Map() };
  }
};

/** Instances are sorted by index, so those of one task are in one page that begins with the first of them. */
const instanceStatesOf = async (calls: CallList, context: ToolContext): Promise<Read> => {
  const byTask = new Map<string, ListedCall[]>();
  for (const call of calls) {
    const task = `${call.input.JobId}/${call.input.TaskName}`;
    byTask.set(task, [...(byTask.get(task) ?? []), call]);
  }
  const pages = [...byTask].slice(0, maxTasks).map(async ([task, own]) => {
    const indexes = own.map(({ input }) => Number(input.TaskInstanceIndex));
    const [first] = own;
    const Offset = Math.min(...indexes);
    const { TaskInstanceSet, TaskInstanceMetrics } = await context.call('DescribeTask', {
      JobId: String(first?.input.JobId),
      TaskName: String(first?.input.TaskName),
      Offset,
      Limit: Math.min(1_000, Math.max(...indexes) - Offset + 1),
    });
    const states = (TaskInstanceSet ?? []).map(
      (one) => [`${task}/${one.TaskInstanceIndex}`, endingStateOf(one.TaskInstanceState)] as const,
    );
    const counts = instanceCountsTextOf(TaskInstanceMetrics ?? {});
    return { states, tasks: counts === '' ? [] : [`${task}: ${counts}`] };
  });
  const read = await Promise.all(pages);
  return {
    states: new Map(read.flatMap(({ states }) => states)),
    tasks: read.flatMap(({ tasks }) => tasks),
  };
};

/** `3 Running, 2 Failed`, without the states that no instance is in. */
const instanceCountsTextOf = (metrics: Readonly<Record<string, number | null | undefined>>): string =>
  Object.entries(metrics)
    .filter(([, count]) => typeof count === 'number' && count > 0)
    .map(([name, count]) => `${count} ${name.replace(/Count$/, '')}`)
    .join(', ');

const terminating = ', terminating';

/** Neither the list of jobs nor that of instances says that one is being terminated. */
const endingStateOf = (state: string | null | undefined): string =>
  isFinal(state) ? String(state) : `${state ?? 'unknown'}${terminating}`;
