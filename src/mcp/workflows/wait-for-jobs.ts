/** WaitForJob with several jobs: one request for all of them at each poll. */
import { hasEnded } from '../../catalogue/job-states.ts';
import { ApiError } from '../../shared/errors.ts';
import type { ToolAnswer, ToolContext } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { tableOf } from '../render/table.ts';
import type { JobItem } from './job-list.ts';
import { type PollOptions, pollUntil } from './poll-until.ts';

export interface JobsTarget {
  /** Each once, at most as many as one call of DescribeJobs returns. */
  readonly ids: readonly string[];
  readonly wanted: readonly string[];
  readonly mode: 'first' | 'all';
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

interface SeenJob {
  readonly JobId: string;
  /** `not found` where the service does not list it. */
  readonly JobState: string;
  readonly tasks: string;
  /** In a wanted state. */
  readonly isReached: boolean;
  /** Will not change until a user acts on it. */
  readonly isSettled: boolean;
}

const notFound = 'not found';

/** @throws ApiError if none of the jobs exists */
export const waitForJobs = async (
  { ids, wanted, mode, deadline }: JobsTarget,
  context: ToolContext,
  options: PollOptions,
): Promise<ToolAnswer> => {
  const startTime = context.now();
  const read = async (): Promise<readonly SeenJob[]> => {
    const { JobSet } = await context.call('DescribeJobs', { JobIds: [...ids], Limit: ids.length });
    const found = new Map((JobSet ?? []).map((job) => [job?.JobId, job]));
    return ids.map((id) => seenJobOf(id, found.get(id) ?? undefined, wanted));
  };
  const { first, last } = await pollUntil<readonly SeenJob[]>(
    {
      read,
      isDone: (jobs) => (mode === 'all' ? jobs.every(isOver) : jobs.some(isOver)),
      hasMoved: (before, after) =>
        after.some((job, at) => job.JobState !== before[at]?.JobState || job.tasks !== before[at]?.tasks),
      progressOf: (jobs) => {
        const done = jobs.filter(isOver).length;
        return { done, total: jobs.length, message: `${done} of ${counted(jobs.length, 'job')}` };
      },
      deadline,
    },
    context,
    options,
  );
  if (last.every(({ JobState }) => JobState === notFound)) {
    throw new ApiError('DescribeJobs', 'ResourceNotFound.Job', 'None of the jobs exists here.', undefined);
  }
  return answerOf(first, last, mode, Math.round((context.now() - startTime) / 1000));
};

const isOver = ({ isReached, isSettled }: SeenJob): boolean => isReached || isSettled;

const seenJobOf = (JobId: string, job: JobItem | undefined, wanted: readonly string[]): SeenJob => {
  if (job === undefined) {
    return { JobId, JobState: notFound, tasks: '', isReached: false, isSettled: true };
  }
  const { JobState, TaskMetrics } = job;
  const failed = (TaskMetrics?.FailedCount ?? 0) + (TaskMetrics?.FailedInterruptedCount ?? 0);
  const total = Object.values(TaskMetrics ?? {}).reduce(
    (sum: number, count) => sum + (Number(count) || 0),
    0,
  );
  return {
    JobId,
    JobState: JobState ?? '',
    tasks: `${TaskMetrics?.SucceedCount ?? 0} done, ${failed} failed of ${total}`,
    isReached: wanted.includes(JobState ?? ''),
    isSettled: hasEnded(JobState),
  };
};

const answerOf = (
  first: readonly SeenJob[],
  last: readonly SeenJob[],
  mode: JobsTarget['mode'],
  waited: number,
): ToolAnswer => {
  const over = last.filter(isOver);
  const left = last.filter((job) => !isOver(job));
  const reached = mode === 'all' ? left.length === 0 : over.length > 0;
  const rows = [...over, ...left].map((job) => ({
    JobId: job.JobId,
    JobState: job.JobState || 'unknown',
    was: first.find(({ JobId }) => JobId === job.JobId)?.JobState || 'unknown',
    tasks: job.tasks || undefined,
  }));
  const missing = over.filter(({ JobState }) => JobState === notFound).length;
  const found = over.length - missing;
  const gone = missing === 0 ? '' : `${missing} not found; `;
  return {
    summary: `${found} of ${counted(last.length, 'job')} ${found === 1 ? 'is' : 'are'} at an end or in a wanted state, after ${waited} s; ${gone}${left.length === 0 ? 'none is left' : `${left.length} ${left.length === 1 ? 'continues' : 'continue'}`}.`,
    // `was`: at the begin of this call; a job that ended between two calls has its end in both.
    fields: { reached, waited, jobs: tableOf(['JobId', 'JobState', 'was', 'tasks'], rows) },
    next: nextOf(over, left, mode),
  };
};

const nextOf = (
  over: readonly SeenJob[],
  left: readonly SeenJob[],
  mode: JobsTarget['mode'],
): readonly string[] => {
  const failed = over.find(({ JobState }) => /^FAILED/.test(JobState));
  const ids = left.map(({ JobId }) => JobId);
  const rest = ids.length === 1 ? `JobId ${ids[0]}` : `JobIds ${JSON.stringify(ids)}`;
  return [
    ...(failed === undefined ? [] : [`DiagnoseJob with JobId ${failed.JobId} explains why.`]),
    // Without those that have ended: with them, a wait for the first would return at once.
    ...(left.length === 0
      ? []
      : [
          `For the others call WaitForJob with ${rest}${mode === 'all' && ids.length > 1 ? ' and until ["all"]' : ''}.`,
        ]),
  ];
};
