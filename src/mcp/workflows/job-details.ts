/** What a list of jobs does not say: instances by state, begin, reason, environments. A few reads for each job. */
import pMap from 'p-map';
import type { OutputOf } from '../../catalogue/index.ts';
import { jobStates } from '../../catalogue/job-states.ts';
import type { ToolContext } from '../contract/tool.ts';
import type { CallBudget } from '../jobs/call-budget.ts';
import { millisecondsOf } from '../render/times.ts';
import type { JobItem } from './job-list.ts';

/** A job with what was read of it; what was not read is absent. */
export interface FoundJob {
  readonly JobId: string;
  readonly JobName: string;
  readonly JobState: string;
  readonly NextAction?: string;
  readonly CreateTime?: string | null | undefined;
  readonly EndTime?: string | null | undefined;
  /** When its first command started, UTC; null where none has. */
  readonly began?: string | null;
  /** Task instances by state, without zeros. */
  readonly instances?: Readonly<Record<string, number>>;
  readonly StateReason?: string;
  /** Ids of the environments of its tasks, and `own machines`. */
  readonly environments?: readonly string[];
  readonly tasks?: readonly { readonly name: string; readonly state: string }[];
  /** Tasks by state, without zeros, as the list has them. */
  readonly taskStates: Readonly<Record<string, number>>;
  /** Its tasks with their environments, as they were submitted. */
  readonly taskEnvironments?: readonly { readonly name: string; readonly environment: string }[];
  /** The commands of its tasks. */
  readonly commands?: readonly string[];
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
}

export const foundJobOf = (job: JobItem): FoundJob => ({
  JobId: job.JobId ?? '',
  JobName: job.JobName ?? '',
  JobState: job.JobState ?? '',
  CreateTime: job.CreateTime,
  EndTime: job.EndTime,
  taskStates: countsOf(job.TaskMetrics),
  Tags: (job.Tags ?? []).flatMap((tag) => (tag ? [{ Key: tag.Key ?? '', Value: tag.Value ?? '' }] : [])),
});

/** Enough to use rates of two and three reads a second. */
const concurrency = 4;

interface Reading {
  readonly budget: CallBudget;
  readonly context: ToolContext;
}

/**
 * Reads one thing of each job, as far as the budget allows.
 * @param read returns the job with more, or undefined where it could not be read
 */
const readEach = async (
  jobs: readonly FoundJob[],
  reading: Reading,
  read: (job: FoundJob) => Promise<FoundJob | undefined>,
): Promise<readonly FoundJob[]> => {
  const { budget, context } = reading;
  return pMap(
    jobs,
    async (job) => {
      if (budget.remaining() === 0) return job;
      const found = (await read(job)) ?? job;
      context.progress(budget.used(), budget.used() + budget.remaining(), `details of ${job.JobId}`);
      return found;
    },
    { concurrency, signal: context.signal },
  );
};

/** Instances, reason and begin; a job whose commands cannot have started needs one read, any other two. */
export const readProgress = (
  jobs: readonly FoundJob[],
  withBegin: boolean,
  reading: Reading,
): Promise<readonly FoundJob[]> =>
  readEach(jobs, reading, async (job) => {
    const { budget } = reading;
    const { JobId } = job;
    const details = await budget.tryCall('DescribeJob', { JobId }, JobId);
    if (!details) return undefined;
    const known: FoundJob = {
      ...job,
      JobState: details.JobState ?? job.JobState,
      EndTime: details.EndTime ?? job.EndTime,
      instances: countsOf(details.TaskInstanceMetrics),
      tasks: (details.TaskSet ?? []).map((task) => ({
        name: task?.TaskName ?? '',
        state: task?.TaskState ?? '',
      })),
      StateReason: details.StateReason ?? '',
      NextAction: details.NextAction ?? '',
    };
    return withBegin ? withBeginOf(known, details, budget) : known;
  });

const withBeginOf = async (
  job: FoundJob,
  details: OutputOf<'DescribeJob'>,
  budget: CallBudget,
): Promise<FoundJob> => {
  const { JobId } = job;
  const started = firstTasksOf(details);
  if (started.length === 0) return { ...job, began: null };
  const starts: string[] = [];
  for (const TaskName of started) {
    if (budget.remaining() === 0) return job;
    const task = await budget.tryCall(
      'DescribeTask',
      { JobId, TaskName, Limit: 100 },
      `instances of ${JobId}`,
    );
    if (!task) return job;
    starts.push(...(task.TaskInstanceSet ?? []).flatMap((instance) => instance?.RunningTime ?? []));
  }
  const [began = null] = starts.sort((a, b) => (millisecondsOf(a) ?? 0) - (millisecondsOf(b) ?? 0));
  return { ...job, began };
};

/** Tasks that wait for no other one and have started; the begin of the job is the begin of one of them. */
const firstTasksOf = ({ TaskSet, DependenceSet }: OutputOf<'DescribeJob'>): readonly string[] => {
  const waiting = new Set((DependenceSet ?? []).map((edge) => edge?.EndTask));
  return (TaskSet ?? []).flatMap((task) =>
    task?.TaskName &&
    !waiting.has(task.TaskName) &&
    !['SUBMITTED', 'PENDING', 'RUNNABLE'].includes(task.TaskState ?? '')
      ? [task.TaskName]
      : [],
  );
};

/** The environments and commands of each job's tasks. */
export const readSubmissions = (jobs: readonly FoundJob[], reading: Reading): Promise<readonly FoundJob[]> =>
  readEach(jobs, reading, async (job) => {
    const { JobId } = job;
    const info = await reading.budget.tryCall('DescribeJobSubmitInfo', { JobId }, `submission of ${JobId}`);
    if (!info) return undefined;
    const taskEnvironments = taskEnvironmentsOf(info);
    const environments = [...new Set(taskEnvironments.map(({ environment }) => environment))];
    return { ...job, environments, taskEnvironments, commands: commandsOf(info) };
  });

/** What a task without an environment runs on. */
const ownMachines = 'own machines';

const taskEnvironmentsOf = ({
  Tasks,
}: OutputOf<'DescribeJobSubmitInfo'>): NonNullable<FoundJob['taskEnvironments']> =>
  (Tasks ?? []).flatMap((task) =>
    task ? [{ name: task.TaskName ?? '', environment: task.EnvId || ownMachines }] : [],
  );

const commandsOf = ({ Tasks }: OutputOf<'DescribeJobSubmitInfo'>): readonly string[] =>
  (Tasks ?? []).flatMap((task) => [
    ...(task?.Application?.Command ? [task.Application.Command] : []),
    ...(task?.Application?.Commands ?? []).flatMap((line) => line?.Command ?? []),
  ]);

/** Of tasks and of instances. */
type Metrics = OutputOf<'DescribeJob'>['TaskInstanceMetrics'] | JobItem['TaskMetrics'];

/** `{ FAILED: 2, SUCCEED: 1 }`. */
const countsOf = (metrics: Metrics): Readonly<Record<string, number>> => {
  const counts = jobStates.map((state) => [state, countOf(metrics, state)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
};

const countOf = (metrics: Metrics, state: (typeof jobStates)[number]): number => {
  const values: Readonly<Record<(typeof jobStates)[number], number | null | undefined>> = {
    SUBMITTED: metrics?.SubmittedCount,
    PENDING: metrics?.PendingCount,
    RUNNABLE: metrics?.RunnableCount,
    STARTING: metrics?.StartingCount,
    RUNNING: metrics?.RunningCount,
    SUCCEED: metrics?.SucceedCount,
    FAILED: metrics?.FailedCount,
    FAILED_INTERRUPTED: metrics?.FailedInterruptedCount,
  };
  return values[state] ?? 0;
};
