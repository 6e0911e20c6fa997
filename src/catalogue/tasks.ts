/** The actions on one task of a job and on its instances: state, logs, measurements, ending one. */
import * as z from 'zod';
import { defineAction, rule } from './action.ts';
import * as examples from './examples/tasks.ts';
import {
  ExistingTaskName,
  filters,
  JobId,
  limit,
  natural,
  Offset,
  TaskInstanceIndex,
} from './shapes/common.ts';
import {
  DataPointView,
  Dimension,
  states,
  TaskInstanceLog,
  TaskInstanceMetrics,
  TaskInstanceView,
} from './shapes/job.ts';

/** Index of the vendor's pages for the product. Single pages move; the index stays. */
const docs = 'https://www.tencentcloud.com/document/product/599';

export const DescribeTask = defineAction({
  title: 'Look at a task',
  summary:
    'Tells the state of one task and its instances: exit code, reason, times, machine. Use it to find instances that failed. Output comes from DescribeTaskLogs.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  rate: { documented: 3 },
  input: z.strictObject({
    JobId,
    TaskName: ExistingTaskName,
    Offset: Offset.optional(),
    Limit: limit(100, 1000).optional(),
    // The English page calls the filter task-instance-type, in its table but not in its example; so both are taken.
    Filters: filters(['task-instance-state', 'task-instance-type'], 'InvalidParameterValue')
      .optional()
      .describe('{Name: task-instance-state, Values: [FAILED]}.'),
  }),
  output: z.looseObject({
    JobId: z.string().describe('The job.'),
    TaskName: z.string().describe('The task.'),
    TaskState: z.string().describe(`Rolled up from its instances: ${states}.`),
    CreateTime: z.string().describe('When it was submitted, UTC.'),
    EndTime: z.string().describe('When it ended, UTC; null before that.'),
    TaskInstanceTotalCount: natural().describe('How many instances match in all.'),
    TaskInstanceSet: z.array(TaskInstanceView).describe('The instances of this page.'),
    TaskInstanceMetrics: TaskInstanceMetrics.describe('How many instances are in each state.'),
  }),
  errors: ['InternalError', 'InvalidParameter.JobIdMalformed', 'ResourceNotFound.Task'],
  docs,
  examples: examples.describeTask,
});

export const DescribeTaskLogs = defineAction({
  title: 'Read the output of a task',
  summary:
    'Reads stdout and stderr of up to ten instances of a task, up to 2 KB of each; whole logs lie at the redirect path, if set. The cloud has none before an instance ends.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  rate: { documented: 20 },
  input: rule(
    z.strictObject({
      JobId,
      TaskName: ExistingTaskName,
      TaskInstanceIndexes: z
        .array(TaskInstanceIndex)
        .min(1)
        .max(10)
        .optional()
        .describe('Which instances, from 0, at most 10; not with Offset.'),
      Offset: Offset.optional(),
      Limit: limit(5, 10).optional(),
    }),
    {
      code: 'InvalidParameterValue',
      text: 'TaskInstanceIndexes and Offset exclude each other.',
      holds: ({ TaskInstanceIndexes, Offset }) => TaskInstanceIndexes === undefined || Offset === undefined,
    },
  ),
  output: z.looseObject({
    TotalCount: natural().describe('How many instances the task has.'),
    TaskInstanceLogSet: z.array(TaskInstanceLog).describe('The logs, one entry for each instance.'),
  }),
  errors: [
    'InternalError',
    'InvalidParameter.JobIdMalformed',
    'InvalidParameter.TaskName',
    'InvalidParameter.TaskNameTooLong',
    'InvalidParameterValue',
    'InvalidParameterValue.Negative',
    'ResourceNotFound.Job',
    'ResourceNotFound.Task',
    'ResourceNotFound.TaskInstance',
    'UnknownParameter',
  ],
  docs,
  examples: examples.describeTaskLogs,
});

const metrics = [
  'CpuUsage',
  'MemUsage',
  'LanOuttraffic',
  'LanIntraffic',
  'MaxDiskUsage',
  'TargetDiskUsage',
] as const;
const Instant = z.iso.datetime({ offset: true });

export const DescribeJobMonitorData = defineAction({
  title: 'Read measurements of a task instance',
  summary:
    'Returns CPU, memory, network or disk use of one task instance over time. Use it to choose a machine size. Only for tasks with ComputeEnv, of jobs not deleted.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  rate: { documented: 20 },
  input: z.strictObject({
    JobId,
    TaskName: ExistingTaskName,
    TaskInstanceIndex,
    MetricName: z
      .enum(metrics)
      .describe('Usage in percent, traffic in bytes per second; TargetDiskUsage needs Dimensions.'),
    StartTime: Instant.optional().describe(
      'From, as in 2024-03-11T08:30:00Z; the life of the instance limits it.',
    ),
    EndTime: Instant.optional().describe('Until; limited likewise.'),
    Dimensions: z
      .array(Dimension)
      .max(10)
      .optional()
      .describe('For TargetDiskUsage: {Name: diskname, Value: vdb}.'),
  }),
  output: z.looseObject({
    Period: natural().describe('Seconds between two points; grows with the time asked for.'),
    DataPoints: DataPointView.describe('The points.'),
  }),
  errors: ['InternalError', 'InvalidParameter.JobIdMalformed', 'ResourceNotFound.Job'],
  // Newer than the international pages; described on the mainland ones.
  docs: 'https://cloud.tencent.com/document/product/599',
  examples: examples.describeJobMonitorData,
});

export const TerminateTaskInstance = defineAction({
  title: 'Terminate a task instance',
  summary:
    'Ends one instance of a task: it becomes FAILED while the rest of the job goes on. Use it for an instance that hangs. Does nothing to one that has ended.',
  warning: 'The instance is killed and its work not yet stored is lost; on an environment its node restarts.',
  group: 'job',
  effect: 'destroy',
  idempotent: true,
  rate: { documented: 2 },
  input: z.strictObject({ JobId, TaskName: ExistingTaskName, TaskInstanceIndex }),
  output: z.looseObject({}),
  errors: [
    'InternalError',
    'InvalidParameter.JobIdMalformed',
    'ResourceNotFound.TaskInstance',
    'UnsupportedOperation.TerminateOperationWithEnvId',
  ],
  docs,
  examples: [
    {
      title: 'The third instance of a task',
      input: { JobId: 'job-b83nx0ey', TaskName: 'count', TaskInstanceIndex: 2 },
      output: { RequestId: 'd83b7e04-61a9-4c5f-90e2-7f4c1b0d6a58' },
    },
  ],
});
