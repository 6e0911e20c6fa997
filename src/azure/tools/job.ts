/** A job and its task counts, as the service returns them. */
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

/** Tasks by state; `completed` is the sum of the last two. A preparing task counts as running. */
export interface TaskCounts {
  readonly active: number;
  readonly running: number;
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** The job that a tool works on. */
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

/** Reads a job, unconditionally. */
export const readJob = (wire: Wire, { action, jobId, endpoint, signal }: Target): Promise<AzureJob> =>
  wire.read({ action, method: 'GET', path: ['jobs', jobId] }, endpoint, signal);

/** Reads the task counts. The service updates them periodically, so they may be out of date. */
export const readCounts = async (
  wire: Wire,
  { action, jobId, endpoint, signal }: Target,
): Promise<TaskCounts> => {
  const path = ['jobs', jobId, 'taskcounts'];
  type Answer = Partial<TaskCounts> & { readonly taskCounts?: Partial<TaskCounts> };
  const answer: Answer = await wire.read({ action, method: 'GET', path }, endpoint, signal);
  // Versions before 2022 return the counts at the top level.
  const { active = 0, running = 0, completed = 0, succeeded = 0, failed = 0 } = answer.taskCounts ?? answer;
  return { active, running, completed, succeeded, failed };
};

// One page of the list: up to this number, counting the tasks takes one call and is exact.
const maxCountedTasks = 1000;

/** Like `readCounts`, but counts the tasks themselves if one page holds all of them. */
export const countTasks = async (wire: Wire, target: Target): Promise<TaskCounts> => {
  const counts = await readCounts(wire, target);
  if (counts.active + counts.running + counts.completed >= maxCountedTasks) return counts;
  const { action, jobId, endpoint, signal } = target;
  type Page = { readonly value?: readonly { readonly state?: string }[]; readonly 'odata.nextLink'?: string };
  const page: Page = await wire.read(
    {
      action,
      method: 'GET',
      path: ['jobs', jobId, 'tasks'],
      // A single field, because the documentation is contradictory on how a comma in a parameter is signed.
      query: { $select: 'state', maxresults: String(maxCountedTasks) },
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

/** `3 tasks run, 5 tasks wait, 12 tasks are done (10 succeeded, 2 failed)`. */
export const describeCounts = ({ running, active, completed, succeeded, failed }: TaskCounts): string =>
  [
    tasksThat(running, 'runs', 'run'),
    tasksThat(active, 'waits', 'wait'),
    `${tasksThat(completed, 'is done', 'are done')} (${succeeded} succeeded, ${failed} failed)`,
  ].join(', ');

/** The outcome of a job: its state `completed` does not say whether it succeeded. */
export const outcomeOf = (job: AzureJob, counts: TaskCounts): string | undefined => {
  if (job.state !== 'completed') return undefined;
  const error = job.executionInfo?.schedulingError;
  if (error) return 'Completed: it could not be scheduled (see schedulingError).';
  const parts = [
    counts.failed > 0 ? `${counts.failed} failed` : '',
    counts.succeeded > 0 ? `${counts.succeeded} succeeded` : '',
    counts.active > 0 ? `${counts.active} never ran and remain active` : '',
  ].filter(Boolean);
  return `Completed, which does not imply success. Tasks: ${parts.join(', ') || 'none'}.`;
};
