/** Reads which instances of a job failed, how, and the end of their logs, within a budget of calls. */
import pMap from 'p-map';
import type { OutputOf } from '../../catalogue/index.ts';
import type { CallBudget } from '../jobs/call-budget.ts';
import { decodeLog } from '../logs/api-log.ts';
import type { ApiLog } from '../logs/log-source.ts';
import { waitedAndRanOf } from '../render/times.ts';
import { quoted } from '../render/untrusted.ts';
import type { Failure } from './failure-clusters.ts';
import { logBatchesOf } from './failure-sample.ts';

type Job = OutputOf<'DescribeJob'>;

export interface FailedInstances {
  readonly failures: readonly Failure[];
  /** Failing tasks that were read, and those that were not. */
  readonly tasks: readonly string[];
  readonly others: readonly string[];
  /** How many failed in the tasks that were read; more than `failures` where there are over a thousand. */
  readonly total: number;
  /** Number of instances of each task that was read. */
  readonly sizes: ReadonlyMap<string, number>;
}

const isFailed = (state: string | null | undefined): boolean =>
  state === 'FAILED' || state === 'FAILED_INTERRUPTED';

// The first failing tasks explain the job; the tasks after them mostly fail because of them.
const maxTasks = 4;
/** The largest page of DescribeTask. */
const pageSize = 1000;
/** The rate of DescribeTask is 3 a second, that of DescribeTaskLogs 20. */
const concurrency = 3;

/**
 * Failing tasks, first those whose predecessors have not failed. A running task can have failed instances, so it is a
 * candidate when the job counts failures that the failed tasks alone may not explain.
 */
export const failingTasksOf = (job: Job): readonly string[] => {
  const tasks = job.TaskSet ?? [];
  const failed = new Set(tasks.filter((task) => isFailed(task.TaskState)).map((task) => task.TaskName ?? ''));
  const afterFailed = (name: string): boolean =>
    (job.DependenceSet ?? []).some(
      ({ StartTask, EndTask }) => EndTask === name && failed.has(StartTask ?? ''),
    );
  const counts = job.TaskInstanceMetrics;
  const hasFailures = (counts?.FailedCount ?? 0) + (counts?.FailedInterruptedCount ?? 0) > 0;
  const running = tasks
    .filter((task) => hasFailures && ['RUNNING', 'STARTING', 'RUNNABLE'].includes(task.TaskState ?? ''))
    .map((task) => task.TaskName ?? '');
  const names = [...failed];
  return [
    ...names.filter((name) => !afterFailed(name)),
    ...running,
    ...names.filter((name) => afterFailed(name)),
  ];
};

/** Reads the failed instances of the first failing tasks, without their logs. */
export const readFailures = async (job: Job, budget: CallBudget, now: number): Promise<FailedInstances> => {
  const JobId = job.JobId ?? '';
  const names = failingTasksOf(job);
  const tasks = names.slice(0, maxTasks);
  const pages = await pMap(
    tasks,
    (TaskName) =>
      budget.tryCall(
        'DescribeTask',
        {
          JobId,
          TaskName,
          Limit: pageSize,
          Filters: [{ Name: 'task-instance-state', Values: ['FAILED', 'FAILED_INTERRUPTED'] }],
        },
        `instances of ${quoted(TaskName)}`,
      ),
    { concurrency },
  );
  const failures = pages.flatMap((page, at) =>
    (page?.TaskInstanceSet ?? [])
      .filter((instance) => isFailed(instance.TaskInstanceState))
      .map((instance) => failureOf(tasks[at] ?? '', instance, now)),
  );
  const metrics = pages.map((page) => page?.TaskInstanceMetrics);
  const counted = metrics.reduce(
    (sum, counts) => sum + (counts?.FailedCount ?? 0) + (counts?.FailedInterruptedCount ?? 0),
    0,
  );
  return {
    failures,
    tasks,
    others: names.slice(maxTasks),
    total: Math.max(counted, failures.length),
    sizes: new Map(metrics.map((counts, at) => [tasks[at] ?? '', sizeOf(counts)])),
  };
};

const sizeOf = (counts: OutputOf<'DescribeTask'>['TaskInstanceMetrics'] | undefined): number =>
  Object.values(counts ?? {}).reduce(
    (sum: number, count) => sum + (typeof count === 'number' ? count : 0),
    0,
  );

type Instance = NonNullable<NonNullable<OutputOf<'DescribeTask'>['TaskInstanceSet']>[number]>;

const failureOf = (TaskName: string, instance: Instance, now: number): Failure => ({
  TaskName,
  TaskInstanceIndex: instance.TaskInstanceIndex ?? 0,
  ExitCode: instance.ExitCode ?? undefined,
  reason: instance.StateDetailedReason || instance.StateReason || '',
  hasRun: Boolean(instance.RunningTime),
  ran: waitedAndRanOf(instance, now).ran,
});

export interface LoggedFailures {
  /** The same failures, with `log` where it was read: standard error, or standard output where that is empty. */
  readonly failures: readonly Failure[];
  /** What the API returned for one of them. */
  apiLogOf(failure: Failure): ApiLog | undefined;
}

/**
 * Reads the ends of the logs of as many failures as so many calls allow, evenly over their kinds.
 * @param maxCalls at most what is left of the budget
 */
export const readLogs = async (
  JobId: string,
  failures: readonly Failure[],
  budget: CallBudget,
  maxCalls: number,
  onRead: (done: number, total: number) => void,
): Promise<LoggedFailures> => {
  const batches = logBatchesOf(failures, Math.max(0, Math.min(maxCalls, budget.remaining())));
  let done = 0;
  const pages = await pMap(
    batches,
    async ({ TaskName, indexes }) => {
      const page = await budget.tryCall(
        'DescribeTaskLogs',
        { JobId, TaskName, TaskInstanceIndexes: [...indexes] },
        `logs of ${quoted(TaskName)}`,
      );
      done += 1;
      onRead(done, batches.length);
      return page;
    },
    { concurrency },
  );
  const logs = new Map(
    pages.flatMap((page, at) =>
      (page?.TaskInstanceLogSet ?? []).map((log) => [
        keyOf(batches[at]?.TaskName ?? '', log.TaskInstanceIndex ?? 0),
        log,
      ]),
    ),
  );
  const apiLogOf = ({ TaskName, TaskInstanceIndex }: Failure): ApiLog | undefined =>
    logs.get(keyOf(TaskName, TaskInstanceIndex));
  return {
    apiLogOf,
    failures: failures.map((failure) => {
      const log = apiLogOf(failure);
      return log === undefined
        ? failure
        : { ...failure, log: decodeLog(log.StderrLog) || decodeLog(log.StdoutLog) };
    }),
  };
};

const keyOf = (TaskName: string, index: number): string => `${index} ${TaskName}`;
