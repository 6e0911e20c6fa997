/** A task: what is run, on which machines, with which files, and what happens when it fails. */
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
  Value: z.string().describe('What it is set to.'),
});

// Nobody documents how many instances a task may have; this is the documented most that may run at once.
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
      .describe('Instances of it, told apart by BATCH_TASK_INSTANCE_INDEX (from 0); default 1.'),
    ComputeEnv: AnonymousComputeEnv.optional().describe(
      'Machines made for this task. Give it or EnvId, not both.',
    ),
    EnvId: EnvId.optional().describe('Existing environment to run in; or else ComputeEnv.'),
    RedirectInfo: RedirectInfo.optional().describe(
      'Where logs go: {StdoutRedirectPath, StderrRedirectPath}, cos://…/dir/.',
    ),
    RedirectLocalInfo: RedirectLocalInfo.optional().describe(
      'Log directories on the machine: {StdoutLocalPath, StderrLocalPath}.',
    ),
    InputMappings: z
      .array(InputMapping)
      .optional()
      .describe('Mounted before: {SourcePath: cos://…/, DestinationPath: /in/}.'),
    OutputMappings: z
      .array(OutputMapping)
      .optional()
      .describe('Uploaded after: {SourcePath: /out/, DestinationPath: cos://…/}.'),
    OutputMappingConfigs: z
      .array(OutputMappingConfig)
      .optional()
      .describe('Parallel uploads: {Scene: COS, WorkerNum, WorkerPartSize}.'),
    EnvVars: z
      .array(EnvVar)
      .optional()
      .describe('Environment variables, {Name, Value}, besides the BATCH_ ones.'),
    Authentications: z
      .array(Authentication)
      .optional()
      .describe("Keys for other people's buckets: {Scene: COS, SecretId, SecretKey}."),
    FailedAction: z
      .enum(['TERMINATE', 'INTERRUPT', 'FAST_INTERRUPT'])
      .optional()
      .describe('After failure: release the machine (default), keep it, keep it without retries.'),
    MaxRetryCount: z
      .int()
      .min(0, coded('InvalidParameterValue.Negative', 'It must be 0 or more.'))
      .max(
        5,
        coded('InvalidParameterValue.MaxRetryCount', 'A failed instance is tried again at most 5 times.'),
      )
      .optional()
      .describe('Retries of a failed instance, 0 to 5; default 0.'),
    // One second, because no page says what 0 would mean.
    Timeout: natural(maxInt32, 1).optional().describe('Seconds an instance may run; default 86400.'),
    MaxConcurrentNum: natural(maxInstances)
      .optional()
      .describe('Instances running at once; default: no limit.'),
    RestartComputeNode: z.boolean().optional().describe('With EnvId: restart the node afterwards.'),
    ResourceMaxRetryCount: natural(100)
      .optional()
      .describe('Retries of making a machine, 0 to 100; default 0.'),
  }),
  {
    code: 'AllowedOneAttributeInEnvIdAndComputeEnv',
    text: 'Give exactly one of EnvId and ComputeEnv.',
    path: 'ComputeEnv',
    holds: ({ EnvId, ComputeEnv }) => (EnvId === undefined) !== (ComputeEnv === undefined),
  },
);
