/** Example calls of the actions on jobs, with realistic answers. The commands run on any Linux machine. */
import type { Example } from '../action.ts';

const machine = { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-eb30mz89' } };

const countWords = [
  {
    TaskName: 'prepare',
    Application: { DeliveryForm: 'LOCAL', Command: 'echo "three parts"' },
    ComputeEnv: machine,
  },
  {
    TaskName: 'count',
    TaskInstanceNum: 3,
    Application: {
      DeliveryForm: 'LOCAL',
      Command: 'echo "part $BATCH_TASK_INSTANCE_INDEX of $BATCH_TASK_INSTANCE_NUM: $WORDS words"',
    },
    ComputeEnv: machine,
    EnvVars: [{ Name: 'WORDS', Value: '1000' }],
    MaxRetryCount: 1,
    Timeout: 600,
  },
  {
    TaskName: 'sum',
    Application: { DeliveryForm: 'LOCAL', Command: 'expr 1000 + 1000 + 1000' },
    ComputeEnv: machine,
  },
];
const countWordsOrder = [
  { StartTask: 'prepare', EndTask: 'count' },
  { StartTask: 'count', EndTask: 'sum' },
];

const bucket = 'cos://data-1250000000.cos.ap-guangzhou.myqcloud.com';

export const submitJob: readonly Example[] = [
  {
    title: 'An array: ten instances, each with its index',
    input: {
      Placement: { Zone: 'ap-guangzhou-3' },
      Job: {
        JobName: 'render',
        Tasks: [
          {
            TaskName: 'frame',
            TaskInstanceNum: 10,
            Application: { DeliveryForm: 'LOCAL', Command: 'echo "frame $BATCH_TASK_INSTANCE_INDEX"' },
            ComputeEnv: machine,
          },
        ],
      },
    },
    output: { JobId: 'job-4kq7w2mz', RequestId: '8f0c1d62-3a5e-4b7b-9c1f-6d2f5a1e7b30' },
  },
  {
    title: 'A sweep: the index selects the parameter',
    input: {
      Placement: { Zone: 'ap-guangzhou-3' },
      Job: {
        JobName: 'sweep',
        Tasks: [
          {
            TaskName: 'train',
            TaskInstanceNum: 3,
            Application: {
              DeliveryForm: 'LOCAL',
              Command: 'set -- 0.1 0.01 0.001; shift $BATCH_TASK_INSTANCE_INDEX; echo "rate $1"',
            },
            ComputeEnv: machine,
          },
        ],
      },
    },
    output: { JobId: 'job-9xw2k5ta', RequestId: '1e7b308f-3a5e-4b7b-9c1f-6d2f5a0c1d62' },
  },
  {
    title: 'A DAG: three tasks in sequence, the second with three parallel instances',
    input: {
      Placement: { Zone: 'ap-guangzhou-3' },
      Job: {
        JobName: 'count-words',
        JobDescription: 'Counts the words of a text in three parts',
        Priority: 10,
        Tasks: countWords,
        Dependences: countWordsOrder,
      },
      ClientToken: 'count-words-2024-03-11',
    },
    output: { JobId: 'job-b83nx0ey', RequestId: '0b9a2f6e-77f4-4c1e-8a53-1f3d9a6c2d18' },
  },
  {
    title: 'Files of a bucket: a directory mounted before the command, results and logs uploaded after it',
    input: {
      Placement: { Zone: 'ap-guangzhou-3' },
      Job: {
        JobName: 'convert',
        Tasks: [
          {
            TaskName: 'convert',
            Application: { DeliveryForm: 'LOCAL', Command: 'wc -c /in/* > /out/sizes.txt' },
            ComputeEnv: machine,
            InputMappings: [{ SourcePath: `${bucket}/in/`, DestinationPath: '/in/' }],
            OutputMappings: [{ SourcePath: '/out/', DestinationPath: `${bucket}/out/` }],
            RedirectInfo: { StdoutRedirectPath: `${bucket}/logs/`, StderrRedirectPath: `${bucket}/logs/` },
          },
        ],
      },
    },
    output: { JobId: 'job-2c8vq1hd', RequestId: '5a1e7b30-8f0c-4b7b-9c1f-1d623a5e6d2f' },
  },
  {
    title: 'In an existing environment, with a variable, a time limit and retries',
    input: {
      Placement: { Zone: 'ap-guangzhou-3' },
      Job: {
        JobName: 'report',
        Tasks: [
          {
            TaskName: 'report',
            EnvId: 'env-2m8fjq4x',
            EnvVars: [{ Name: 'MONTH', Value: '2024-03' }],
            Timeout: 3600,
            MaxRetryCount: 2,
            Application: { DeliveryForm: 'LOCAL', Command: 'echo "report of $MONTH"' },
          },
        ],
      },
    },
    output: { JobId: 'job-7tn4e0rp', RequestId: '9c1f8f0c-6d2f-4b7b-5a1e-3a5e1d627b30' },
  },
];

const none = {
  SubmittedCount: 0,
  PendingCount: 0,
  RunnableCount: 0,
  StartingCount: 0,
  RunningCount: 0,
  SucceedCount: 0,
  FailedInterruptedCount: 0,
  FailedCount: 0,
};

export const describeJobs: readonly Example[] = [
  {
    title: 'Failed jobs',
    input: { Filters: [{ Name: 'job-state', Values: ['FAILED'] }], Limit: 10 },
    output: {
      JobSet: [
        {
          JobId: 'job-7r1kc5vd',
          JobName: 'nightly-report',
          JobState: 'FAILED',
          Priority: 1,
          Placement: { Zone: 'ap-guangzhou-3' },
          CreateTime: '2024-03-11T01:00:04Z',
          EndTime: '2024-03-11T01:12:40Z',
          TaskMetrics: { ...none, SucceedCount: 2, FailedCount: 1 },
          Tags: [{ Key: 'team', Value: 'finance' }],
        },
      ],
      TotalCount: 1,
      RequestId: '5d7f3c9a-1b64-4f0e-a2ce-90b7d4c83e51',
    },
  },
];

export const describeJob: readonly Example[] = [
  {
    title: 'A running job',
    input: { JobId: 'job-b83nx0ey' },
    output: {
      JobId: 'job-b83nx0ey',
      JobName: 'count-words',
      Zone: 'ap-guangzhou-3',
      Priority: 10,
      JobState: 'RUNNING',
      CreateTime: '2024-03-11T08:30:00Z',
      EndTime: null,
      TaskSet: [
        {
          TaskName: 'prepare',
          TaskState: 'SUCCEED',
          CreateTime: '2024-03-11T08:30:00Z',
          EndTime: '2024-03-11T08:31:05Z',
        },
        { TaskName: 'count', TaskState: 'RUNNING', CreateTime: '2024-03-11T08:30:00Z', EndTime: null },
        { TaskName: 'sum', TaskState: 'PENDING', CreateTime: '2024-03-11T08:30:00Z', EndTime: null },
      ],
      DependenceSet: countWordsOrder,
      TaskMetrics: { ...none, SucceedCount: 1, RunningCount: 1, PendingCount: 1 },
      TaskInstanceMetrics: { ...none, SucceedCount: 2, RunningCount: 2, PendingCount: 1 },
      StateReason: '',
      Tags: null,
      NextAction: '',
      RequestId: 'c2a81b07-6e3d-4d5a-b9f4-37e60c1fd982',
    },
  },
];

export const describeJobSubmitInfo: readonly Example[] = [
  {
    title: 'One job',
    input: { JobId: 'job-b83nx0ey' },
    output: {
      JobId: 'job-b83nx0ey',
      JobName: 'count-words',
      JobDescription: 'Counts the words of a text in three parts',
      Priority: 10,
      Tasks: countWords,
      Dependences: countWordsOrder,
      Tags: null,
      RequestId: 'e94d6a35-02cb-4871-8d2b-5c7fa91e0346',
    },
  },
];
