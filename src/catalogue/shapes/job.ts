/** Jobs: the submission, and views of jobs, tasks, instances, logs and metrics. */
import * as z from 'zod';
import { coded, rule } from '../action.ts';
import { jobStates } from '../job-states.ts';
import { count, JobDescription, JobName, Placement, Tag, Tags, text, time } from './common.ts';
import { cycleOf, repeatedNameOf, unknownNameOf } from './dependences.ts';
import { Notification, NotificationTarget } from './notifications.ts';
import { RedirectInfo } from './storage.ts';
import { Task } from './task.ts';

export const Dependence = z.strictObject({
  StartTask: z.string().describe('TaskName that runs first.'),
  EndTask: z.string().describe('TaskName that waits for it.'),
});

export const Job = rule(
  z.strictObject({
    Tasks: z.array(Task).min(1).describe('Run in parallel unless ordered by Dependences.'),
    JobName: JobName.optional(),
    JobDescription: JobDescription.optional(),
    Priority: z
      .int()
      .min(0, coded('InvalidParameterValue.Negative', 'A Priority is 0 to 100.'))
      .max(100)
      .optional()
      .describe('0 to 100; higher runs first.'),
    Dependences: z.array(Dependence).optional().describe('{StartTask: a, EndTask: b}: b waits for a.'),
    Notifications: z
      .array(Notification)
      .optional()
      .describe('Topics that receive events: {TopicName, EventConfigs}.'),
    TaskExecutionDependOn: z
      .enum(['PRE_TASK_SUCCEED', 'PRE_TASK_AT_LEAST_PARTLY_SUCCEED', 'PRE_TASK_FINISHED'])
      .optional()
      .describe('When a waiting task may start; default PRE_TASK_SUCCEED.'),
    StateIfCreateCvmFailed: z
      .enum(['FAILED', 'RUNNABLE'])
      .optional()
      .describe('If no machine can be created: fail (default) or wait.'),
    Tags: Tags.optional(),
    NotificationTarget: NotificationTarget.optional(),
  }),
  {
    code: 'InvalidParameter.TaskName',
    text: (job) => `Two tasks are named ${repeatedNameOf(job)}; a TaskName is unique in its job.`,
    path: 'Tasks',
    holds: (job) => repeatedNameOf(job) === undefined,
  },
  {
    code: 'InvalidParameterValue.DependenceNotFoundTaskName',
    text: (job) => `No task in Tasks has the TaskName ${unknownNameOf(job)}.`,
    path: 'Dependences',
    holds: (job) => unknownNameOf(job) === undefined,
  },
  {
    code: 'InvalidParameterValue.DependenceUnfeasible',
    text: (job) => `The dependences form a cycle: ${cycleOf(job)?.join(' -> ')}.`,
    path: 'Dependences',
    holds: (job) => cycleOf(job) === undefined,
  },
);

/** States for descriptions, without SUBMITTED, which the API documents only for jobs. */
export const states = `${jobStates
  .filter((state) => state !== 'SUBMITTED')
  .join(', ')
  .replace(', FAILED_INTERRUPTED', ' or FAILED_INTERRUPTED')} (failed, machine retained)`;

const countsOf = (things: string) => ({
  SubmittedCount: count(`${things} just submitted.`),
  PendingCount: count(`${things} waiting for the tasks they depend on.`),
  RunnableCount: count(`${things} waiting for a machine.`),
  StartingCount: count(`${things} whose machine is being prepared.`),
  RunningCount: count(`${things} running.`),
  SucceedCount: count(`${things} that succeeded.`),
  FailedInterruptedCount: count(`${things} that failed and retain their machine.`),
  FailedCount: count(`${things} that failed.`),
});
export const TaskMetrics = z.strictObject(countsOf('Tasks'));
export const TaskInstanceMetrics = z.strictObject(countsOf('Instances'));

export const JobView = z.strictObject({
  JobId: text('Id, such as job-1a2b3c4d.'),
  JobName: text('Display name.'),
  JobState: text(`SUBMITTED, ${states}.`),
  Priority: count('0 to 100; higher runs first.'),
  Placement: Placement.optional().describe('Where it runs.'),
  CreateTime: time('When it was submitted'),
  EndTime: time('When it ended, null until then'),
  TaskMetrics: TaskMetrics.optional().describe('Its tasks by state.'),
  Tags: z.array(Tag).optional().describe('Its tags.'),
});

export const TaskView = z.strictObject({
  TaskName: text('Name of the task.'),
  TaskState: text(`${states}.`),
  CreateTime: time('When it was created'),
  EndTime: z
    .string()
    .nullable()
    .optional()
    .describe('When it ended, null until then; UTC, YYYY-MM-DDThh:mm:ssZ.'),
});

export const TaskInstanceView = z.strictObject({
  TaskInstanceIndex: count('Index in the task, from 0.'),
  TaskInstanceState: text(`${states}.`),
  // Signed on Linux, an unsigned 32-bit number on Windows.
  ExitCode: z
    .int()
    .min(-2_147_483_648)
    .max(4_294_967_295)
    .optional()
    .describe('Exit code of the command, null until it ends.'),
  StateReason: text('Short reason for the state.'),
  ComputeNodeInstanceId: text('Machine it runs on; absent before and after; a retry may use another.'),
  CreateTime: time('When it was created'),
  LaunchTime: time('When it was assigned a machine, null until then'),
  RunningTime: time('When the command started, null until then'),
  EndTime: time('When it ended, null until then'),
  RedirectInfo: RedirectInfo.optional().describe('Where its logs are, with placeholders replaced.'),
  StateDetailedReason: text('Detailed reason for the state.'),
});

export const TaskInstanceLog = z.strictObject({
  TaskInstanceIndex: count('Index of the instance.'),
  StdoutLog: text('Standard output: data:text/plain;charset=utf-8;base64,… of at most 2048 bytes.'),
  StderrLog: text('Standard error: data:text/plain;charset=utf-8;base64,… of at most 2048 bytes.'),
  StdoutRedirectPath: text('Remote directory of the complete standard output, or empty.'),
  StderrRedirectPath: text('Remote directory of the complete standard error, or empty.'),
  StdoutRedirectFileName: text('File name of standard output there.'),
  StderrRedirectFileName: text('File name of standard error there.'),
});

export const Dimension = z.strictObject({
  Name: z.string().describe('Name of the dimension: diskname, for TargetDiskUsage.'),
  Value: z.string().describe('Value of the dimension, such as vdb.'),
});

export const DataPointView = z.strictObject({
  // Until the year 9999.
  Timestamps: z
    .array(z.int().min(0).max(253_402_300_799))
    .optional()
    .describe('When each value was measured, in seconds since 1970.'),
  Values: z
    .array(z.number().nullable())
    .optional()
    .describe('Values in the unit of the metric, one per timestamp; null for a gap.'),
});
