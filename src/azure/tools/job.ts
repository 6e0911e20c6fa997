/** A job as the service describes it, the counts of its tasks, and how both are read. */
import type { Endpoint } from '../http/endpoint.ts';
import type { Wire } from '../http/wire.ts';

/** @see https://learn.microsoft.com/rest/api/batchservice/jobs/get-job */
export interface AzureJob {
  readonly id?: string;
  readonly displayName?: string;
  readonly url?: string;
  readonly eTag?: string;
  readonly lastModified?: string;
  readonly creationTime?: string;
  /** active · disabling · disabled · enabling · terminating · completed · deleting */
  readonly state?: string;
  readonly stateTransitionTime?: string;
  readonly previousState?: string;
  readonly priority?: number;
  readonly onAllTasksComplete?: string;
  readonly constraints?: { readonly maxWallClockTime?: string };
  readonly poolInfo?: {
    readonly poolId?: string;
    readonly autoPoolSpecification?: { readonly poolLifetimeOption?: string; readonly keepAlive?: boolean };
  };
  readonly jobReleaseTask?: object;
  readonly executionInfo?: {
    readonly startTime?: string;
    readonly endTime?: string;
    readonly poolId?: string;
    readonly terminateReason?: string;
    readonly schedulingError?: { readonly code?: string; readonly message?: string };
  };
}

/** Tasks by state; `completed` is the sum of the last two. A task that is being prepared counts as running. */
export interface TaskCounts {
  readonly active: number;
  readonly running: number;
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Whose calls these are and where they go. */
export interface Target {
  readonly action: string;
  readonly jobId: string;
  readonly endpoint: Endpoint;
  readonly signal: AbortSignal;
}

export const targetOf = (
  wire: Wire,
  action: string,
  input: { readonly JobId: string; readonly Endpoint?: string | undefined },
  signal: AbortSignal,
): Target => ({ action, jobId: input.JobId, endpoint: wire.endpointOf(input.Endpoint), signal });

/** Reads a job, without any condition. */
export const readJob = (wire: Wire, { action, jobId, endpoint, signal }: Target): Promise<AzureJob> =>
  wire.read({ action, method: 'GET', path: ['jobs', jobId] }, endpoint, signal);

/** Reads the counts. The service makes them now and then, so they may be behind. */
export const readCounts = async (
  wire: Wire,
  { action, jobId, endpoint, signal }: Target,
): Promise<TaskCounts> => {
  const path = ['jobs', jobId, 'taskcounts'];
  type Answer = Partial<TaskCounts> & { readonly taskCounts?: Partial<TaskCounts> };
  const answer: Answer = await wire.read({ action, method: 'GET', path }, endpoint, signal);
  // Versions before 2022 had the counts at the top.
  const { active = 0, running = 0, completed = 0, succeeded = 0, failed = 0 } = answer.taskCounts ?? answer;
  return { active, running, completed, succeeded, failed };
};

// One page of the list. Up to here, counting the tasks themselves costs one call and cannot be behind.
const countable = 1000;

/** Counts like `readCounts`, but what waits and what runs is counted from the tasks where one page holds them. */
export const countTasks = async (wire: Wire, target: Target): Promise<TaskCounts> => {
  const counts = await readCounts(wire, target);
  if (counts.active + counts.running + counts.completed >= countable) return counts;
  const { action, jobId, endpoint, signal } = target;
  type Page = { readonly value?: readonly { readonly state?: string }[]; readonly 'odata.nextLink'?: string };
  const page: Page = await wire.read(
    {
      action,
      method: 'GET',
      path: ['jobs', jobId, 'tasks'],
      // A single field: how a comma in a parameter enters the signature is documented two ways.
      query: { $select: 'state', maxresults: String(countable) },
    },
    endpoint,
    signal,
  );
  if (page['odata.nextLink'] !== undefined || page.value === undefined) return counts;
  const inState = (...states: string[]) =>
    page.value?.filter(({ state }) => state !== undefined && states.includes(state)).length ?? 0;
  return {
    ...counts,
    active: inState('active'),
    running: inState('running', 'preparing'),
    completed: inState('completed'),
  };
};

/** `1 task runs`, `3 tasks run`. */
export const tasksThat = (count: number, one: string, many: string): string =>
  count === 1 ? `1 task ${one}` : `${count} tasks ${many}`;

/** Counts in words: `3 tasks run, 5 tasks wait, 12 tasks are done (10 succeeded, 2 failed)`. */
export const wordsOfCounts = ({ running, active, completed, succeeded, failed }: TaskCounts): string =>
  [
    tasksThat(running, 'runs', 'run'),
    tasksThat(active, 'waits', 'wait'),
    `${tasksThat(completed, 'is done', 'are done')} (${succeeded} succeeded, ${failed} failed)`,
  ].join(', ');

/** What a state means for somebody who wants to know how the job went: `completed` says only that it is over. */
export const outcomeOf = (job: AzureJob, counts: TaskCounts): string | undefined => {
  if (job.state !== 'completed') return undefined;
  const error = job.executionInfo?.schedulingError;
  if (error) return 'Over; it could not be scheduled (see schedulingError).';
  const parts = [
    counts.failed > 0 ? `${counts.failed} failed` : '',
    counts.succeeded > 0 ? `${counts.succeeded} succeeded` : '',
    counts.active > 0 ? `${counts.active} never ran and stay active` : '',
  ].filter(Boolean);
  return `Over; that does not mean success. Tasks: ${parts.join(', ') || 'none'}.`;
};
