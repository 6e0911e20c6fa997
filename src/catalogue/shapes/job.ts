/** Jobs: what one submits, and what a list tells about a job. */
import * as z from 'zod';
import { coded, rule } from '../action.ts';
import { count, JobDescription, JobName, Placement, Tag, Tags, text, time } from './common.ts';
import { circleOf, repeatedNameOf, unknownNameOf } from './dependences.ts';
import { Notification, NotificationTarget } from './notifications.ts';
import { Task, TaskMetrics } from './task.ts';

export const Dependence = z.strictObject({
  StartTask: z.string().describe('TaskName that comes first.'),
  EndTask: z.string().describe('TaskName that waits for it.'),
});

export const Job = rule(
  z.strictObject({
    Tasks: z.array(Task).min(1).describe('What to run.'),
    JobName: JobName.optional(),
    JobDescription: JobDescription.optional(),
    Priority: z
      .int()
      .min(0, coded('InvalidParameterValue.Negative', 'A Priority is 0 to 100.'))
      .max(100)
      .optional()
      .describe('0 to 100; higher goes first.'),
    Dependences: z.array(Dependence).optional().describe('Which task waits for which.'),
    Notifications: z.array(Notification).optional().describe('Topics to tell of events.'),
    TaskExecutionDependOn: z
      .enum(['PRE_TASK_SUCCEED', 'PRE_TASK_AT_LEAST_PARTLY_SUCCEED', 'PRE_TASK_FINISHED'])
      .optional()
      .describe('What a waiting task waits for; default PRE_TASK_SUCCEED.'),
    StateIfCreateCvmFailed: z
      .enum(['FAILED', 'RUNNABLE'])
      .optional()
      .describe('No machine to be had: count as a failure (default), or wait.'),
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

export const JobView = z.strictObject({
  JobId: text('Id, as in job-1a2b3c4d.'),
  JobName: text('Name for people.'),
  JobState: text(
    'SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEED, FAILED or FAILED_INTERRUPTED (failed, machine kept).',
  ),
  Priority: count('0 to 100; higher goes first.'),
  Placement: Placement.optional().describe('Where it runs.'),
  CreateTime: time('When it was submitted'),
  EndTime: time('When it ended, null before'),
  TaskMetrics: TaskMetrics.optional().describe('Its tasks by state.'),
  Tags: z.array(Tag).optional().describe('Its tags.'),
});
