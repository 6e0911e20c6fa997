/** Jobs: what one submits, and what one is told about jobs, their tasks, instances, logs and measurements. */
import * as z from 'zod';
import { coded, rule } from '../action.ts';
import { count, JobDescription, JobName, Placement, Tag, Tags, text, time } from './common.ts';
import { circleOf, repeatedNameOf, unknownNameOf } from './dependences.ts';
import { Notification, NotificationTarget } from './notifications.ts';
import { RedirectInfo } from './storage.ts';
import { Task } from './task.ts';

export const Dependence = z.strictObject({
  StartTask: z.string().describe('TaskName that comes first.'),
  EndTask: z.string().describe('TaskName that waits for it.'),
});

export const Job = rule(
  z.strictObject({
    Tasks: z.array(Task).min(1).describe('Run in parallel unless Dependences order them.'),
    JobName: JobName.optional(),
    JobDescription: JobDescription.optional(),
    Priority: z
      .int()
      .min(0, coded('InvalidParameterValue.Negative', 'A Priority is 0 to 100.'))
      .max(100)
      .optional()
      .describe('0 to 100; higher goes first.'),
    Dependences: z.array(Dependence).optional().describe('Which task waits for which.'),
    Notifications: z
      .array(Notification)
      .optional()
      .describe('Topics to tell of events: {TopicName, EventConfigs}.'),
    TaskExecutionDependOn: z
      .enum(['PRE_TASK_SUCCEED', 'PRE_TASK_AT_LEAST_PARTLY_SUCCEED', 'PRE_TASK_FINISHED'])
      .optional()
      .describe('When a waiting task may start; default PRE_TASK_SUCCEED.'),
    StateIfCreateCvmFailed: z
      .enum(['FAILED', 'RUNNABLE'])
      .optional()
      .describe('When no machine can be made: fail (default) or wait.'),
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
    text: (job) => `The tasks wait for each other in a circle: ${circleOf(job)?.join(' -> ')}.`,
    path: 'Dependences',
    holds: (job) => circleOf(job) === undefined,
  },
);

/** States of an instance, and of the task and the job above it. A job begins as SUBMITTED, too. */
export const states =
  'PENDING, RUNNABLE, STARTING, RUNNING, SUCCEED, FAILED or FAILED_INTERRUPTED (failed, machine kept)';

const countsOf = (things: string) => ({
  SubmittedCount: count(`${things} just submitted.`),
  PendingCount: count(`${things} waiting for the tasks they depend on.`),
  RunnableCount: count(`${things} waiting for a machine.`),
  StartingCount: count(`${things} whose machine is being made ready.`),
  RunningCount: count(`${things} running.`),
  SucceedCount: count(`${things} that succeeded.`),
  FailedInterruptedCount: count(`${things} that failed and keep their machine.`),
  FailedCount: count(`${things} that failed.`),
});
export const TaskMetrics = z.strictObject(countsOf('Tasks'));
export const TaskInstanceMetrics = z.strictObject(countsOf('Instances'));

export const JobView = z.strictObject({
  JobId: text('Id, as in job-1a2b3c4d.'),
  JobName: text('Name for people.'),
  JobState: text(`SUBMITTED, ${states}.`),
  Priority: count('0 to 100; higher goes first.'),
  Placement: Placement.optional().describe('Where it runs.'),
  CreateTime: time('When it was submitted'),
  EndTime: time('When it ended, null before'),
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
    .describe('When it ended, null before; UTC, YYYY-MM-DDThh:mm:ssZ.'),
});

export const TaskInstanceView = z.strictObject({
  TaskInstanceIndex: count('Index in the task, from 0.'),
  TaskInstanceState: text(`${states}.`),
  // A signed code on Linux, an unsigned one of 32 bits on Windows.
  ExitCode: z
    .int()
    .min(-2_147_483_648)
    .max(4_294_967_295)
    .optional()
    .describe('Exit code of the command, null before it ended.'),
  StateReason: text('Why it is in this state: where it failed, the short reason.'),
  ComputeNodeInstanceId: text('Machine it runs on; empty before and after; another one after a retry.'),
  CreateTime: time('When it was created'),
  LaunchTime: time('When it was given a machine, null before'),
  RunningTime: time('When the command began, null before'),
  EndTime: time('When it ended, null before'),
  RedirectInfo: RedirectInfo.optional().describe('Where its logs lie, placeholders filled in.'),
  StateDetailedReason: text('The same reason with its details.'),
});

export const TaskInstanceLog = z.strictObject({
  TaskInstanceIndex: count('Index of the instance.'),
  StdoutLog: text('Standard output: data:text/plain;charset=utf-8;base64,… of at most 2048 bytes.'),
  StderrLog: text('Standard error: data:text/plain;charset=utf-8;base64,… of at most 2048 bytes.'),
  StdoutRedirectPath: text('Remote directory with the whole standard output, or empty.'),
  StderrRedirectPath: text('Remote directory with the whole standard error, or empty.'),
  StdoutRedirectFileName: text('File name of standard output there.'),
  StderrRedirectFileName: text('File name of standard error there.'),
});

export const Dimension = z.strictObject({
  Name: z.string().describe('What to narrow down by: diskname, for TargetDiskUsage.'),
  Value: z.string().describe('To which one, as in vdb.'),
});

export const DataPointView = z.strictObject({
  // Up to the year 9999.
  Timestamps: z
    .array(z.int().min(0).max(253_402_300_799))
    .optional()
    .describe('When each value was measured, in seconds since 1970.'),
  Values: z
    .array(z.number().nullable())
    .optional()
    .describe('Values in the unit of the metric, one for each timestamp; null where there is a gap.'),
});
