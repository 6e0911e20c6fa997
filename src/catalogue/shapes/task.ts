/** A task: its command, machines, files, and handling of failures. */
import * as z from 'zod';
import { coded, rule } from '../action.ts';
import { Application } from './application.ts';
import { EnvId, maxInt32, natural, TaskName } from './common.ts';
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
  Value: z.string().describe('Value of the variable.'),
});

// The number of instances per task is undocumented; this is the documented maximum that may run at once.
const maxInstances = 200_000;

export const Task = rule(
  z.strictObject({
    Application: Application.describe('What to run.'),
    TaskName: TaskName.optional(),
    TaskInstanceNum: z
      .int()
      .min(1, coded('InvalidParameterValue.TaskInstanceNum', 'A task has at least 1 instance.'))
      .max(
        maxInstances,
        coded('InvalidParameterValue.TaskInstanceNum', `A task has at most ${maxInstances} instances.`),
      )
      .optional()
      .describe('Instances, each with BATCH_TASK_INSTANCE_INDEX from 0; default 1.'),
    ComputeEnv: AnonymousComputeEnv.optional().describe(
      'New machines {EnvType: MANAGED, EnvData: {InstanceType: S5.SMALL2, ImageId: img-…}}, or EnvId.',
    ),
    EnvId: EnvId.optional().describe('Existing environment, or ComputeEnv.'),
    RedirectInfo: RedirectInfo.optional().describe(
      'Log destinations: {StdoutRedirectPath, StderrRedirectPath}, cos://…/dir/.',
    ),
    RedirectLocalInfo: RedirectLocalInfo.optional().describe(
      'Log directories on the machine: {StdoutLocalPath, StderrLocalPath}.',
    ),
    InputMappings: z
      .array(InputMapping)
      .optional()
      .describe('Mounted before the command: {SourcePath: cos://…/, DestinationPath: /in/}.'),
    OutputMappings: z
      .array(OutputMapping)
      .optional()
      .describe('Uploaded after the command: {SourcePath: /out/, DestinationPath: cos://…/}.'),
    OutputMappingConfigs: z
      .array(OutputMappingConfig)
      .optional()
      .describe('Parallel uploads: {Scene: COS, WorkerNum, WorkerPartSize}.'),
    EnvVars: z
      .array(EnvVar)
      .optional()
      .describe('Environment variables {Name, Value}, in addition to BATCH_*.'),
    Authentications: z
      .array(Authentication)
      .optional()
      .describe('Keys for buckets of other accounts: {Scene: COS, SecretId, SecretKey}.'),
    FailedAction: z
      .enum(['TERMINATE', 'INTERRUPT', 'FAST_INTERRUPT'])
      .optional()
      .describe('After failure: release machine (default), retain it, retain it without retries.'),
    MaxRetryCount: z
      .int()
      .min(0, coded('InvalidParameterValue.Negative', 'It must be at least 0.'))
      .max(5, coded('InvalidParameterValue.MaxRetryCount', 'A failed instance is retried at most 5 times.'))
      .optional()
      .describe('Per failed instance, 0 to 5; default 0.'),
    // At least one second: the meaning of 0 is undocumented.
    Timeout: natural(maxInt32, 1).optional().describe('Seconds an instance may run; default 86400.'),
    MaxConcurrentNum: natural(maxInstances).optional().describe('Instances at once; default: no limit.'),
    RestartComputeNode: z.boolean().optional().describe('With EnvId: restart the node after the task.'),
    ResourceMaxRetryCount: natural(100)
      .optional()
      .describe('Retries of creating a machine, 0 to 100; default 0.'),
  }),
  {
    code: 'AllowedOneAttributeInEnvIdAndComputeEnv',
    text: 'Give exactly one of EnvId and ComputeEnv.',
    path: 'ComputeEnv',
    holds: ({ EnvId, ComputeEnv }) => (EnvId === undefined) !== (ComputeEnv === undefined),
  },
);
