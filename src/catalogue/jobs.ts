/** The actions on whole jobs: submit, list, look at, run again, end, delete. */
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

/** Index of the vendor's pages for the product. Single pages move; the index stays. */
const docs = 'https://www.tencentcloud.com/document/product/599';

export const SubmitJob = defineAction({
  title: 'Submit a job',
  summary:
    'Submits a job: tasks, each a shell command run as one or many instances, ordered by Dependences. Returns the JobId at once; follow it with DescribeJob. It cannot be changed afterwards.',
  group: 'job',
  effect: 'create',
  idempotent: false,
  rate: { documented: 7, mainland: 20 },
  input: z.strictObject({
    Placement: Placement.describe('Where to run: {Zone: ap-guangzhou-3}.'),
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
  // The international pages no longer hold this action; the mainland ones do.
  docs: 'https://cloud.tencent.com/document/product/599',
  examples: examples.submitJob,
});

export const DescribeJobs = defineAction({
  title: 'List jobs',
  summary:
    'Lists jobs, newest first, with state, times and counts of tasks. Use it to find a job; DescribeJob tells more about one.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  rate: { documented: 2 },
  input: rule(
    z.strictObject({
      JobIds: idsOf(JobId, 'jobs', 100).optional(),
      Filters: filters(['job-id', 'job-name', 'job-state', 'zone', 'tag-key', 'tag-value', 'tag:KEY'])
        .optional()
        .describe('job-id, job-name, job-state, zone, tag-key, tag-value or tag:KEY; not with JobIds.'),
      Offset: Offset.optional(),
      Limit: limit(20, 100).optional(),
    }),
    {
      code: 'InvalidParameter.InvalidParameterCombination',
      text: 'JobIds and Filters exclude each other; the filter job-id can be combined.',
      holds: ({ JobIds, Filters }) => JobIds === undefined || Filters === undefined,
    },
  ),
  output: z.looseObject({
    JobSet: z.array(JobView).describe('The jobs, newest first.'),
    TotalCount: natural().describe('How many match in all.'),
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
  title: 'Look at a job',
  summary:
    'Tells the state of one job and its tasks, counts of instances, and why it failed. Use it to follow a job. Instances come from DescribeTask, output from DescribeTaskLogs.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  rate: { documented: 2 },
  input: z.strictObject({ JobId }),
  output: z.looseObject({
    JobId: z.string().describe('The job.'),
    JobName: z.string().describe('Its name.'),
    Zone: z.string().describe('The zone it runs in.'),
    Priority: z.int().min(0).max(100).describe('Higher goes first.'),
    JobState: z.string().describe(`Rolled up from its tasks: SUBMITTED, ${states}.`),
    CreateTime: z.string().describe('When it was submitted, UTC.'),
    EndTime: z.string().describe('When it ended, UTC; null before that.'),
    TaskSet: z.array(TaskView).describe('Its tasks.'),
    DependenceSet: z.array(Dependence).describe('Which task comes after which.'),
    TaskMetrics: TaskMetrics.describe('How many tasks are in each state.'),
    TaskInstanceMetrics: TaskInstanceMetrics.describe('How many instances of all tasks are in each state.'),
    StateReason: z.string().describe('Why it failed; empty otherwise.'),
    Tags: z.array(Tag).nullable().describe('Its tags.'),
    NextAction: z.string().describe('TERMINATING while it is being ended; empty otherwise.'),
  }),
  errors: ['InternalError', 'InvalidParameter.JobIdMalformed', 'ResourceNotFound.Job'],
  docs,
  examples: examples.describeJob,
});

export const DescribeJobSubmitInfo = defineAction({
  title: 'Read how a job was submitted',
  summary:
    'Returns what a job was submitted with: tasks, commands, dependences. Use it to submit it again. Leaves out Notifications, TaskExecutionDependOn and StateIfCreateCvmFailed.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  rate: { documented: 2 },
  input: z.strictObject({ JobId }),
  output: z.looseObject({
    JobId: z.string().describe('The job.'),
    JobName: z.string().describe('Its name.'),
    JobDescription: z.string().describe('What it is for.'),
    Priority: z.int().min(0).max(100).describe('Higher goes first; tasks and instances inherit it.'),
    Tasks: z.array(Task).describe('Its tasks, as SubmitJob takes them.'),
    Dependences: z.array(Dependence).describe('Which task comes after which.'),
    Tags: z.array(Tag).nullable().describe('Its tags.'),
  }),
  errors: ['InternalError', 'InvalidParameter.JobIdMalformed', 'ResourceNotFound.Job'],
  docs,
  examples: examples.describeJobSubmitInfo,
});

export const RetryJobs = defineAction({
  title: 'Run failed jobs again',
  summary:
    'Runs the failed instances of FAILED jobs again, in the order of their dependences; what succeeded stays. To run everything again, submit a new job.',
  group: 'job',
  effect: 'change',
  // A job that has failed anew in the meantime would run a third time.
  idempotent: false,
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
      title: 'Two jobs at once',
      input: { JobIds: ['job-7r1kc5vd', 'job-0m9tz6qh'] },
      output: { RequestId: '1c5e8f20-94b3-4a6d-8e07-d2f61b3a7c95' },
    },
  ],
});

export const TerminateJob = defineAction({
  title: 'Terminate a job',
  summary:
    'Ends a job: kills what runs and starts nothing more. Returns at once; the end follows. Its record and stored results stay.',
  warning:
    'Running instances of the job are killed, waiting ones never start, and work not yet stored is lost; the job ends as FAILED.',
  group: 'job',
  effect: 'destroy',
  idempotent: true,
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
  summary:
    'Deletes the record of a job that has ended (SUCCEED or FAILED). Use it to tidy up. A running job must be ended first; files in storage stay.',
  warning:
    'The job, its states and its logs can no longer be queried afterwards, and nothing brings them back.',
  group: 'job',
  effect: 'destroy',
  idempotent: true,
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
      title: 'One job that has ended',
      input: { JobId: 'job-7r1kc5vd' },
      output: { RequestId: '64b2e9f1-c70d-4385-9a5e-f13d8b06c72a' },
    },
  ],
});
