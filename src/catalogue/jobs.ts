/** The actions on jobs: submit, list, describe, retry, terminate, delete. */
import * as z from 'zod';
import { defineAction, rule } from './action.ts';
import * as examples from './examples/jobs.ts';
import {
  ClientToken,
  filters,
  idsOf,
  JobId,
  limit,
  natural,
  Offset,
  Placement,
  Tag,
} from './shapes/common.ts';
import {
  Dependence,
  Job,
  JobView,
  states,
  TaskInstanceMetrics,
  TaskMetrics,
  TaskView,
} from './shapes/job.ts';
import { Task } from './shapes/task.ts';

/** Index of the vendor's documentation of the product; single pages move. */
const docs = 'https://www.tencentcloud.com/document/product/599';

export const SubmitJob = defineAction({
  title: 'Submit a job',
  summary:
    'Submits a job: tasks, each a shell command run as one or more instances. Returns the JobId at once; WaitForJob waits.',
  group: 'job',
  effect: 'create',
  idempotent: false,
  creates: 'JobId',
  openArguments: ['Job'],
  listedForms: {
    'Job.Tasks':
      '[{TaskName, Application: {DeliveryForm: LOCAL, Command, Docker: {Image}}, TaskInstanceNum: 1 (each has BATCH_TASK_INSTANCE_INDEX from 0), ComputeEnv: {EnvType: MANAGED, EnvData: {InstanceType: S5.SMALL2, ImageId: img-…}} or EnvId, EnvVars: [{Name, Value}], InputMappings, OutputMappings: [{SourcePath, DestinationPath}] (cos://…/ and /dir/), RedirectInfo: {StdoutRedirectPath, StderrRedirectPath}, Timeout: seconds, MaxRetryCount, MaxConcurrentNum}]; parallel unless ordered by Dependences.',
    'Job.Dependences': '[{StartTask: a, EndTask: b}]: b waits for a.',
    'Job.Tags': '[{Key, Value}]',
  },
  unlistedArguments: [
    'ClientToken',
    'Job.JobDescription',
    'Job.TaskExecutionDependOn',
    'Job.Notifications',
    'Job.StateIfCreateCvmFailed',
    'Job.NotificationTarget',
  ],
  rate: { documented: 7, mainland: 20 },
  input: z.strictObject({
    Placement: Placement.describe('{Zone: ap-guangzhou-3}.'),
    Job: Job.describe('What to run.'),
    ClientToken: ClientToken.optional(),
  }),
  output: z.looseObject({ JobId: z.string().describe('Id of the new job.') }),
  errors: [
    'AllowedOneAttributeInEnvIdAndComputeEnv',
    'InternalError',
    'InternalError.CallCam',
    'InternalError.CallCvm',
    'InternalError.CallTagAPI',
    'InvalidParameter.CvmParameters',
    'InvalidParameter.EnvIdMalformed',
    'InvalidParameter.ImageIdMalformed',
    'InvalidParameter.InvalidParameterCombination',
    'InvalidParameter.JobDescriptionTooLong',
    'InvalidParameter.JobNameTooLong',
    'InvalidParameter.NotificationEventNameDuplicate',
    'InvalidParameter.NotificationTopicName',
    'InvalidParameter.NotificationTopicNameTooLong',
    'InvalidParameter.TaskName',
    'InvalidParameter.TaskNameTooLong',
    'InvalidParameterValue.ComputeEnv',
    'InvalidParameterValue.DependenceNotFoundTaskName',
    'InvalidParameterValue.DependenceUnfeasible',
    'InvalidParameterValue.InstanceTypeDuplicate',
    'InvalidParameterValue.InvalidDataTypeAny',
    'InvalidParameterValue.InvalidZoneMismatchRegion',
    'InvalidParameterValue.LimitExceeded',
    'InvalidParameterValue.LocalPath',
    'InvalidParameterValue.MaxRetryCount',
    'InvalidParameterValue.Negative',
    'InvalidParameterValue.NotFloat',
    'InvalidParameterValue.RemoteStoragePath',
    'InvalidParameterValue.RemoteStorageSchemeType',
    'InvalidParameterValue.TaskInstanceNum',
    'InvalidParameterValue.UnavailableZone',
    'InvalidZone.MismatchRegion',
    'LimitExceeded.JobQuota',
    'ResourceNotFound.ComputeEnv',
    'UnauthorizedOperation.UserNotAllowedToUseBatch',
  ],
  // Only the mainland pages still document this action.
  docs: 'https://cloud.tencent.com/document/product/599',
  examples: examples.submitJob,
});

export const DescribeJobs = defineAction({
  title: 'List jobs',
  summary: 'Lists jobs, newest first, with state, times and task counts; FindJobs says more of each.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  list: 'JobSet',
  rate: { documented: 2 },
  input: rule(
    z.strictObject({
      JobIds: idsOf(JobId, 'jobs', 100, '; not with Filters').optional(),
      Filters: filters([
        'job-id',
        'job-name',
        'job-state',
        'zone',
        'tag-key',
        'tag-value',
        'tag:KEY',
      ]).optional(),
      Offset: Offset.optional(),
      Limit: limit(20, 100).optional(),
    }),
    {
      code: 'InvalidParameter.InvalidParameterCombination',
      text: 'JobIds and Filters are mutually exclusive; the filter job-id can be combined with others.',
      holds: ({ JobIds, Filters }) => JobIds === undefined || Filters === undefined,
    },
  ),
  output: z.looseObject({
    JobSet: z.array(JobView).describe('The jobs, newest first.'),
    TotalCount: natural().describe('Number of matches.'),
  }),
  errors: [
    'InternalError',
    'InvalidFilter',
    'InvalidParameter.InvalidParameterCombination',
    'InvalidParameter.JobIdMalformed',
    'InvalidParameterValue',
    'InvalidParameterValue.InvalidFilter',
    'InvalidParameterValue.LimitExceeded',
    'InvalidZone.MismatchRegion',
    'UnknownParameter',
  ],
  docs,
  examples: examples.describeJobs,
});

export const DescribeJob = defineAction({
  title: 'Describe a job',
  summary: 'Returns the state of one job and its tasks, instance counts, and why it failed.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  targetArgument: 'JobId',
  rate: { documented: 2 },
  input: z.strictObject({ JobId }),
  output: z.looseObject({
    JobId: z.string().describe('The job.'),
    JobName: z.string().describe('Its name.'),
    Zone: z.string().describe('Its zone.'),
    Priority: z.int().min(0).max(100).describe('Higher runs first.'),
    JobState: z.string().describe(`Aggregated from its tasks: SUBMITTED, ${states}.`),
    CreateTime: z.string().describe('When it was submitted, UTC.'),
    EndTime: z.string().describe('When it ended, UTC; null until then.'),
    TaskSet: z.array(TaskView).describe('Its tasks.'),
    DependenceSet: z.array(Dependence).describe('Order of the tasks.'),
    TaskMetrics: TaskMetrics.describe('Number of tasks in each state.'),
    TaskInstanceMetrics: TaskInstanceMetrics.describe('Number of instances of all tasks in each state.'),
    StateReason: z.string().describe('Why it failed; otherwise empty.'),
    Tags: z.array(Tag).nullable().describe('Its tags.'),
    NextAction: z.string().describe('TERMINATING during termination; otherwise empty.'),
  }),
  errors: ['InternalError', 'InvalidParameter.JobIdMalformed', 'ResourceNotFound.Job'],
  docs,
  examples: examples.describeJob,
});

export const DescribeJobSubmitInfo = defineAction({
  title: 'Describe how a job was submitted',
  summary: 'Returns what a job was submitted with: tasks, commands, dependences.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  targetArgument: 'JobId',
  rate: { documented: 2 },
  input: z.strictObject({ JobId }),
  output: z.looseObject({
    JobId: z.string().describe('The job.'),
    JobName: z.string().describe('Its name.'),
    JobDescription: z.string().describe('Its description.'),
    Priority: z.int().min(0).max(100).describe('Higher runs first; tasks and instances inherit it.'),
    Tasks: z.array(Task).describe('Its tasks, in the format of SubmitJob.'),
    Dependences: z.array(Dependence).describe('Order of the tasks.'),
    Tags: z.array(Tag).nullable().describe('Its tags.'),
  }),
  errors: ['InternalError', 'InvalidParameter.JobIdMalformed', 'ResourceNotFound.Job'],
  docs,
  examples: examples.describeJobSubmitInfo,
});

export const RetryJobs = defineAction({
  title: 'Retry failed jobs',
  summary: 'Reruns the failed instances of FAILED jobs in dependence order, unchanged.',
  group: 'job',
  effect: 'change',
  // A job that has failed again in the meantime would run a third time.
  idempotent: false,
  targetArgument: 'JobIds',
  changesEnded: true,
  rate: { documented: 2 },
  input: z.strictObject({ JobIds: idsOf(JobId, 'jobs', 100) }),
  output: z.looseObject({}),
  errors: [
    'InternalError',
    'InvalidParameter.JobIdMalformed',
    'ResourceNotFound.Job',
    'UnsupportedOperation',
  ],
  docs,
  examples: [
    {
      title: 'Two jobs in one call',
      input: { JobIds: ['job-7r1kc5vd', 'job-0m9tz6qh'] },
      output: { RequestId: '1c5e8f20-94b3-4a6d-8e07-d2f61b3a7c95' },
    },
  ],
});

export const TerminateJob = defineAction({
  title: 'Terminate a job',
  summary:
    'Terminates a job: kills running instances, starts no new ones. Its record and stored results remain.',
  warning:
    'Running instances of the job are killed, waiting ones never start, and unsaved work is lost; the job becomes FAILED.',
  group: 'job',
  effect: 'destroy',
  idempotent: true,
  targetArgument: 'JobId',
  alreadyDone: ['ResourceInUse.Job', 'ResourceNotFound.Job'],
  rate: { documented: 2 },
  input: z.strictObject({ JobId }),
  output: z.looseObject({}),
  errors: [
    'InternalError',
    'InvalidParameter.JobIdMalformed',
    'ResourceInUse.Job',
    'ResourceNotFound.Job',
    'UnsupportedOperation',
    'UnsupportedOperation.TerminateOperationWithEnvId',
  ],
  docs,
  examples: [
    {
      title: 'One job',
      input: { JobId: 'job-b83nx0ey' },
      output: { RequestId: 'a7d30c4b-5f18-4e92-b6a1-08c9e2d7f534' },
    },
  ],
});

export const DeleteJob = defineAction({
  title: 'Delete a job',
  summary: 'Deletes the record of a job that has ended. Files in storage remain.',
  warning: 'The job, its states and its logs can no longer be queried; this cannot be undone.',
  group: 'job',
  effect: 'destroy',
  idempotent: true,
  targetArgument: 'JobId',
  alreadyDone: ['ResourceNotFound.Job'],
  changesEnded: true,
  rate: { documented: 30 },
  input: z.strictObject({ JobId }),
  output: z.looseObject({}),
  errors: [
    'InternalError',
    'InternalError.CallTagAPI',
    'InvalidParameter.JobIdMalformed',
    'ResourceInUse.Job',
    'ResourceNotFound.Job',
    'UnsupportedOperation',
  ],
  docs,
  examples: [
    {
      title: 'One finished job',
      input: { JobId: 'job-7r1kc5vd' },
      output: { RequestId: '64b2e9f1-c70d-4385-9a5e-f13d8b06c72a' },
    },
  ],
});
