/** The actions on one task of a job and on its instances: state, logs, metrics, termination. */
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

/** Index of the vendor's documentation of the product; single pages move. */
const docs = 'https://www.tencentcloud.com/document/product/599';

export const DescribeTask = defineAction({
  title: 'Describe a task',
  summary: 'Returns the state of one task and its instances: exit code, reason, times, machine.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  targetArgument: 'JobId',
  list: 'TaskInstanceSet',
  rate: { documented: 3 },
  input: z.strictObject({
    JobId,
    TaskName: ExistingTaskName,
    Offset: Offset.optional(),
    Limit: limit(100, 1000).optional(),
    // The English page names the filter task-instance-type in its table, but not in its example; both are accepted.
    Filters: filters(['task-instance-state', 'task-instance-type'], 'InvalidParameterValue')
      .optional()
      .describe('{Name: task-instance-state, Values: [FAILED]}.'),
  }),
  output: z.looseObject({
    JobId: z.string().describe('The job.'),
    TaskName: z.string().describe('The task.'),
    TaskState: z.string().describe(`Aggregated from its instances: ${states}.`),
    CreateTime: z.string().describe('When it was submitted, UTC.'),
    EndTime: z.string().describe('When it ended, UTC; null until then.'),
    TaskInstanceTotalCount: natural().describe('Number of matching instances.'),
    TaskInstanceSet: z.array(TaskInstanceView).describe('The instances of this page.'),
    TaskInstanceMetrics: TaskInstanceMetrics.describe('Number of instances in each state.'),
  }),
  errors: ['InternalError', 'InvalidParameter.JobIdMalformed', 'ResourceNotFound.Task'],
  docs,
  examples: examples.describeTask,
});

export const DescribeTaskLogs = defineAction({
  title: 'Read task logs',
  summary:
    'Returns up to 2 KB of stdout and stderr of up to ten ended instances of a task; ReadTaskLogs reads complete logs.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  targetArgument: 'JobId',
  list: 'TaskInstanceLogSet',
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
        .describe('Indexes from 0, at most 10; not with Offset.'),
      Offset: Offset.optional(),
      Limit: limit(5, 10).optional(),
    }),
    {
      code: 'InvalidParameterValue',
      text: 'TaskInstanceIndexes and Offset are mutually exclusive.',
      holds: ({ TaskInstanceIndexes, Offset }) => TaskInstanceIndexes === undefined || Offset === undefined,
    },
  ),
  output: z.looseObject({
    TotalCount: natural().describe('Number of instances of the task.'),
    TaskInstanceLogSet: z.array(TaskInstanceLog).describe('The logs, one entry per instance.'),
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
  title: 'Read metrics of a task instance',
  summary: 'Returns the usage of one task instance over time. Only for tasks with ComputeEnv.',
  group: 'job',
  effect: 'read',
  idempotent: true,
  targetArgument: 'JobId',
  rate: { documented: 20 },
  input: z.strictObject({
    JobId,
    TaskName: ExistingTaskName,
    TaskInstanceIndex,
    MetricName: z.enum(metrics).describe('The metric: usage in percent, traffic in bytes per second.'),
    StartTime: Instant.optional().describe('2024-03-11T08:30:00Z.'),
    EndTime: Instant.optional().describe('End; both are clamped to the lifetime of the instance.'),
    Dimensions: z
      .array(Dimension)
      .max(10)
      .optional()
      .describe('For TargetDiskUsage: {Name: diskname, Value: vdb}.'),
  }),
  output: z.looseObject({
    Period: natural().describe('Seconds between two points; grows with the requested time range.'),
    DataPoints: DataPointView.describe('The points.'),
  }),
  errors: ['InternalError', 'InvalidParameter.JobIdMalformed', 'ResourceNotFound.Job'],
  // Documented on the mainland pages only.
  docs: 'https://cloud.tencent.com/document/product/599',
  examples: examples.describeJobMonitorData,
});

export const TerminateTaskInstance = defineAction({
  title: 'Terminate a task instance',
  summary: 'Terminates one instance of a task: it becomes FAILED, the rest of the job continues.',
  warning:
    'The instance is killed and its unsaved work is lost; it becomes FAILED and is not retried, the other instances continue; in a compute environment its node restarts.',
  group: 'job',
  effect: 'destroy',
  idempotent: true,
  targetArgument: 'JobId',
  alreadyDone: ['ResourceNotFound.TaskInstance'],
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
