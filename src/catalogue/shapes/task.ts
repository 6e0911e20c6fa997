/** Tasks: what one asks for, and what one is told about them, their instances, logs and measurements. */
import * as z from 'zod';
import { coded, rule } from '../action.ts';
import { Application } from './application.ts';
import { count, EnvId, maxInt32, natural, Tag, TaskName, text, time } from './common.ts';
import { AnonymousComputeEnv } from './compute-env.ts';
import {
  Authentication,
  InputMapping,
  OutputMapping,
  OutputMappingConfig,
  RedirectInfo,
  RedirectLocalInfo,
} from './storage.ts';

export const EnvVar = z.strictObject({
  Name: z.string().min(1).describe('Name of the variable.'),
  Value: z.string().describe('What it is set to.'),
});

// Nobody documents how many instances a task may have; this is the documented most that may run at once.
const mostInstances = 200_000;

export const Task = rule(
  z.strictObject({
    Application: Application.describe('What to run.'),
    TaskName: TaskName.optional(),
    TaskInstanceNum: z
      .int()
      .min(1, coded('InvalidParameterValue.TaskInstanceNum', 'A task has at least 1 instance.'))
      .max(
        mostInstances,
        coded('InvalidParameterValue.TaskInstanceNum', `A task has at most ${mostInstances} instances.`),
      )
      .optional()
      .describe('How many instances run the same command; default 1.'),
    ComputeEnv: AnonymousComputeEnv.optional().describe('Machines made for this task; or else EnvId.'),
    EnvId: EnvId.optional().describe('Existing environment to run in; or else ComputeEnv.'),
    RedirectInfo: RedirectInfo.optional().describe('Remote directories for the logs.'),
    RedirectLocalInfo: RedirectLocalInfo.optional().describe('Directories on the machine for the logs.'),
    InputMappings: z.array(InputMapping).optional().describe('Remote directories to mount first.'),
    OutputMappings: z.array(OutputMapping).optional().describe('Directories to upload at the end.'),
    OutputMappingConfigs: z.array(OutputMappingConfig).optional().describe('How uploads are cut into parts.'),
    EnvVars: z.array(EnvVar).optional().describe('Environment variables besides the BATCH_ ones.'),
    Authentications: z.array(Authentication).optional().describe("Keys for other people's buckets."),
    FailedAction: z
      .enum(['TERMINATE', 'INTERRUPT', 'FAST_INTERRUPT'])
      .optional()
      .describe('After failing: release machine (default), keep it, keep it without retries.'),
    MaxRetryCount: z
      .int()
      .min(0, coded('InvalidParameterValue.Negative', 'It is 0 or more.'))
      .max(
        5,
        coded('InvalidParameterValue.MaxRetryCount', 'A failed instance is tried again at most 5 times.'),
      )
      .optional()
      .describe('Retries of a failed instance, 0 to 5; default 0.'),
    // One second, because no page says what 0 would mean.
    Timeout: natural(maxInt32, 1).optional().describe('Seconds an instance may run; default 86400.'),
    MaxConcurrentNum: natural(mostInstances)
      .optional()
      .describe('Instances running at once; default: no limit.'),
    RestartComputeNode: z.boolean().optional().describe('With EnvId: restart the node afterwards.'),
    ResourceMaxRetryCount: natural(100)
      .optional()
      .describe('Retries of making a machine, 0 to 100; default 0.'),
  }),
  {
    code: 'AllowedOneAttributeInEnvIdAndComputeEnv',
    text: 'Exactly one of EnvId and ComputeEnv is given.',
    path: 'ComputeEnv',
    holds: ({ EnvId, ComputeEnv }) => (EnvId === undefined) !== (ComputeEnv === undefined),
  },
);

export const TaskView = z.strictObject({
  TaskName: text('Name of the task.'),
  TaskState: text(
    'PENDING, RUNNABLE, STARTING, RUNNING, SUCCEED, FAILED or FAILED_INTERRUPTED (failed, machine kept).',
  ),
  CreateTime: time('When it was created'),
  EndTime: z
    .string()
    .nullable()
    .optional()
    .describe('When it ended, null before; UTC, YYYY-MM-DDThh:mm:ssZ.'),
});

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

export const TaskInstanceView = z.strictObject({
  TaskInstanceIndex: count('Index in the task, from 0.'),
  TaskInstanceState: text(
    'PENDING, RUNNABLE, STARTING, RUNNING, SUCCEED, FAILED or FAILED_INTERRUPTED (failed, machine kept).',
  ),
  // A signed code on Linux, an unsigned one of 32 bits on Windows.
  ExitCode: z
    .int()
    .min(-2_147_483_648)
    .max(4_294_967_295)
    .optional()
    .describe('Exit code of the command, null before it ended.'),
  StateReason: text('Why it is in this state; where it failed, in short why.'),
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

export const TaskTemplateView = z.strictObject({
  TaskTemplateId: text('Id, as in task-tmpl-1a2b3c4d.'),
  TaskTemplateName: text('Name of the template.'),
  TaskTemplateDescription: text('What it is for.'),
  TaskTemplateInfo: Task.optional().describe('The task it holds.'),
  CreateTime: time('When it was created'),
  Tags: z.array(Tag).nullable().optional().describe('Its tags.'),
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
    .array(z.number())
    .optional()
    .describe('Values in the unit of the metric, one for each timestamp; null where there is a gap.'),
});
