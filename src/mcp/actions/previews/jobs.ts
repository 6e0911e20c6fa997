/** What terminating or deleting a job would destroy. */
import type { InputOf, OutputOf } from '../../../catalogue/index.ts';
import { isFinal } from '../../../catalogue/job-states.ts';
import type { Inspection, Recipe, ToolContext } from '../../contract/tool.ts';
import { counted } from '../../render/counted.ts';
import { durationOf } from '../../render/times.ts';
import { namedId } from '../../render/untrusted.ts';

type Job = OutputOf<'DescribeJob'>;

/** Counts of a job's instances by what terminating it does to them. */
export interface InstanceCounts {
  readonly running: number;
  readonly waiting: number;
  readonly retained: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Reads the metrics of the service, which are `null` until they are known. */
const countsOf = (metrics: Job['TaskInstanceMetrics']): InstanceCounts => ({
  running: (metrics?.StartingCount ?? 0) + (metrics?.RunningCount ?? 0),
  waiting: (metrics?.SubmittedCount ?? 0) + (metrics?.PendingCount ?? 0) + (metrics?.RunnableCount ?? 0),
  retained: metrics?.FailedInterruptedCount ?? 0,
  succeeded: metrics?.SucceedCount ?? 0,
  failed: metrics?.FailedCount ?? 0,
});

/** Whether it is still the same job, and in the same state: a preview of anything in a job depends on it. */
export const stateOf = (job: Job): Inspection['state'] => ({
  CreateTime: job.CreateTime ?? '',
  JobState: job.JobState ?? '',
  NextAction: job.NextAction ?? '',
});

/** `job-1a2b3c4d ("night run") in ap-guangzhou, RUNNING`. */
export const nameOfJob = (job: Job, region: string | undefined): string =>
  `${namedId(job.JobId, job.JobName)}${region ? ` in ${region}` : ''}, ${job.JobState || 'state unknown'}${job.NextAction ? `, ${job.NextAction}` : ''}`;

export const inspectTerminateJob = async (
  { JobId }: InputOf<'TerminateJob'>,
  context: ToolContext,
): Promise<Inspection> => {
  const job = await context.call('DescribeJob', { JobId });
  const { running, waiting, retained, succeeded, failed } = countsOf(job.TaskInstanceMetrics);
  const nothingToDo = nothingToTerminate(job);
  return {
    target: nameOfJob(job, context.region),
    confirmationText: JobId,
    state: stateOf(job),
    impact: { running, waiting, retained },
    ...(nothingToDo !== undefined && { nothingToDo }),
    undo:
      nothingToDo === undefined
        ? 'What the killed instances computed is lost. RetryJobs runs the instances that did not succeed again, from the beginning.'
        : 'Nothing would change.',
    consequences: async () =>
      nothingToDo === undefined
        ? [
            `${counted(running, 'instance is', 'instances are')} running or starting and would be killed${await longestRunOf(job, context)}.`,
            `${counted(waiting, 'is', 'are')} waiting and would never start; ${counted(succeeded, 'has', 'have')} succeeded and ${counted(failed, 'has', 'have')} failed, which does not change.`,
            ...(retained > 0
              ? [
                  `The machines of ${counted(retained, 'failed instance')} are retained for inspection and would be destroyed.`,
                ]
              : []),
          ]
        : [nothingToDo],
    recipe: () => submissionOf(job, context),
  };
};

const nothingToTerminate = ({ JobState, NextAction }: Job): string | undefined => {
  if (isFinal(JobState)) return `The job has ended (${JobState}): there is nothing to terminate.`;
  return NextAction === 'TERMINATING' ? 'The job is already being terminated.' : undefined;
};

export const inspectDeleteJob = async (
  { JobId }: InputOf<'DeleteJob'>,
  context: ToolContext,
): Promise<Inspection> => {
  const job = await context.call('DescribeJob', { JobId });
  const tasks = job.TaskSet?.length ?? 0;
  const instances = Object.values(countsOf(job.TaskInstanceMetrics)).reduce((sum, count) => sum + count, 0);
  const refused = isFinal(job.JobState)
    ? undefined
    : `The job is ${job.JobState || 'in an unknown state'}, and the service only deletes one that is SUCCEED or FAILED: it would refuse. End it first with TerminateJob, or wait with WaitForJob.`;
  return {
    target: nameOfJob(job, context.region),
    confirmationText: JobId,
    state: stateOf(job),
    impact: { tasks, instances },
    ...(refused !== undefined && { nothingToDo: refused }),
    undo: 'The job and its history cannot be restored. Its submission can be sent again as a new job.',
    consequences: async () => [
      ...(refused === undefined ? [] : [refused]),
      `The job, its ${counted(tasks, 'task')} and ${counted(instances, 'instance')} could no longer be queried: state, exit codes, logs, submission.`,
      'Files the job wrote to its own storage are not touched.',
    ],
    recipe: () => submissionOf(job, context),
  };
};

/**
 * The submission, as a call that would create the job again.
 * The zone is in DescribeJob; the rest is in DescribeJobSubmitInfo, which omits some fields.
 */
const submissionOf = async (job: Job, context: ToolContext): Promise<Recipe> => {
  const info = await context.call('DescribeJobSubmitInfo', { JobId: String(job.JobId) });
  const { JobName, JobDescription, Priority, Tasks, Dependences, Tags } = info;
  const fields = { JobName, JobDescription, Priority, Tasks, Dependences, Tags };
  return {
    tool: 'SubmitJob',
    arguments: {
      Placement: { Zone: job.Zone },
      Job: Object.fromEntries(
        Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
      ),
    },
    missing: [
      'Job.Notifications',
      'Job.TaskExecutionDependOn',
      'Job.StateIfCreateCvmFailed',
      'Job.NotificationTarget',
    ],
  };
};

// A preview must be fast and leave the rate of DescribeTask, 3 per second, to others; the first tasks show the order of magnitude.
const maxTasksRead = 3;

/** How long the oldest running instance has run, as the end of a sentence. */
const longestRunOf = async (job: Job, context: ToolContext): Promise<string> => {
  const running = (job.TaskSet ?? []).filter((task) => task.TaskState === 'RUNNING').slice(0, maxTasksRead);
  const pages = await Promise.all(
    running.map((task) =>
      context.call('DescribeTask', {
        JobId: String(job.JobId),
        TaskName: String(task.TaskName),
        Filters: [{ Name: 'task-instance-state', Values: ['RUNNING'] }],
      }),
    ),
  );
  const starts = pages
    .flatMap((page) => page.TaskInstanceSet ?? [])
    .map((instance) => Date.parse(instance.RunningTime ?? ''))
    .filter((start) => !Number.isNaN(start));
  if (starts.length === 0) return '';
  return `, the longest has run for ${durationOf(Math.max(0, Math.round((context.now() - Math.min(...starts)) / 1000)))}`;
};
