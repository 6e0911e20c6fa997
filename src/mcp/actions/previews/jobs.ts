/** What ending or deleting a job would cost. */

import type { InputOf, OutputOf } from '../../../catalogue/index.ts';
import type { Preview, Recipe, ToolContext } from '../../contract/tool.ts';
import { durationOf } from '../../render/compact.ts';
import { counted } from '../../render/counted.ts';
import { namedId } from '../../render/untrusted.ts';

type Job = OutputOf<'DescribeJob'>;

/** Counts of a job's instances by what ending it does to them. */
export interface InstanceCounts {
  readonly running: number;
  readonly waiting: number;
  readonly kept: number;
  readonly done: number;
  readonly failed: number;
}

/** Reads the metrics the service gives, which are `null` until they are known. */
export const countsOf = (metrics: Job['TaskInstanceMetrics']): InstanceCounts => ({
  running: (metrics?.StartingCount ?? 0) + (metrics?.RunningCount ?? 0),
  waiting: (metrics?.SubmittedCount ?? 0) + (metrics?.PendingCount ?? 0) + (metrics?.RunnableCount ?? 0),
  kept: metrics?.FailedInterruptedCount ?? 0,
  done: metrics?.SucceedCount ?? 0,
  failed: metrics?.FailedCount ?? 0,
});

/** What a preview of anything in a job rests on: whether it is still the same job, and in the same state. */
export const stateOf = (job: Job): Preview['state'] => ({
  CreateTime: job.CreateTime ?? '',
  JobState: job.JobState ?? '',
  NextAction: job.NextAction ?? '',
});

/** Whether nothing of a job can run any more. A job whose failed machines were kept has not ended. */
const hasEnded = (job: Job): boolean => job.JobState === 'SUCCEED' || job.JobState === 'FAILED';

/** `job-1a2b3c4d ("night run") in ap-guangzhou, RUNNING`. */
export const nameOfJob = (job: Job, region: string | undefined): string =>
  `${namedId(job.JobId, job.JobName)}${region ? ` in ${region}` : ''}, ${job.JobState}${job.NextAction ? `, ${job.NextAction}` : ''}`;

export const previewTerminateJob = async (
  { JobId }: InputOf<'TerminateJob'>,
  context: ToolContext,
): Promise<Preview> => {
  const job = await context.call('DescribeJob', { JobId });
  const counts = countsOf(job.TaskInstanceMetrics);
  const longest = await longestRunOf(job, context);
  return {
    target: nameOfJob(job, context.region),
    typed: JobId,
    state: stateOf(job),
    impact: { running: counts.running, waiting: counts.waiting, kept: counts.kept },
    consequences: [
      ...(hasEnded(job) ? [`The job has ended (${job.JobState}): there is nothing to terminate.`] : []),
      `${counted(counts.running, 'instance is', 'instances are')} running or starting and would be killed${longest}.`,
      `${counted(counts.waiting, 'is', 'are')} waiting and would never start; ${counted(counts.done, 'has', 'have')} succeeded and ${counted(counts.failed, 'has', 'have')} failed, which stays so.`,
      ...(counts.kept > 0
        ? [
            `The machines of ${counted(counts.kept, 'failed instance')} were kept to be looked at and would be destroyed.`,
          ]
        : []),
    ],
    undo: 'What the killed instances computed is lost. RetryJobs runs the instances that did not succeed again, from their beginning.',
    recipe: await submissionOf(job, context),
  };
};

export const previewDeleteJob = async (
  { JobId }: InputOf<'DeleteJob'>,
  context: ToolContext,
): Promise<Preview> => {
  const job = await context.call('DescribeJob', { JobId });
  const counts = countsOf(job.TaskInstanceMetrics);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    target: nameOfJob(job, context.region),
    typed: JobId,
    state: stateOf(job),
    impact: { tasks: job.TaskSet?.length ?? 0, instances: total },
    consequences: [
      ...(hasEnded(job)
        ? []
        : [
            `The job is ${job.JobState}, and the service only deletes one that is SUCCEED or FAILED: it would refuse. End it first with TerminateJob, or wait with WaitForJob.`,
          ]),
      `The job, its ${counted(job.TaskSet?.length ?? 0, 'task')} and ${counted(total, 'instance')} could no longer be queried: state, exit codes, logs, submission.`,
      'Files the job wrote to its own storage are not touched.',
    ],
    undo: 'It cannot be undone. The submission can be sent again as a new job.',
    recipe: await submissionOf(job, context),
  };
};

/**
 * The submission, as a call that would make the job again.
 * The zone is in DescribeJob; the rest in DescribeJobSubmitInfo, which leaves some fields out.
 */
export const submissionOf = async (job: Job, context: ToolContext): Promise<Recipe> => {
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

// A preview must not take long or eat the rate of DescribeTask, 3 a second; the first tasks show the order of size.
const maxTasksLookedAt = 3;

/** How long the oldest running instance has run, as the end of a sentence. */
const longestRunOf = async (job: Job, context: ToolContext): Promise<string> => {
  const running = (job.TaskSet ?? [])
    .filter((task) => task.TaskState === 'RUNNING')
    .slice(0, maxTasksLookedAt);
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
