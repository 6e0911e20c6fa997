/** Example calls of the actions on tasks and their instances, with realistic answers. */
import type { Example } from '../action.ts';

const logs = 'cos://results-1250000000.cos.ap-guangzhou.myqcloud.com/logs/';
const redirectOf = (index: number) => ({
  StdoutRedirectPath: logs,
  StderrRedirectPath: logs,
  StdoutRedirectFileName: `stdout.job-b83nx0ey.count.${index}.log`,
  StderrRedirectFileName: `stderr.job-b83nx0ey.count.${index}.log`,
});

export const describeTask: readonly Example[] = [
  {
    title: 'Failed instances of a task',
    input: {
      JobId: 'job-b83nx0ey',
      TaskName: 'count',
      Filters: [{ Name: 'task-instance-state', Values: ['FAILED'] }],
      Limit: 20,
    },
    output: {
      JobId: 'job-b83nx0ey',
      TaskName: 'count',
      TaskState: 'RUNNING',
      CreateTime: '2024-03-11T08:30:00Z',
      EndTime: null,
      TaskInstanceTotalCount: 1,
      TaskInstanceSet: [
        {
          TaskInstanceIndex: 1,
          TaskInstanceState: 'FAILED',
          ExitCode: 2,
          StateReason: 'failed',
          ComputeNodeInstanceId: null,
          CreateTime: '2024-03-11T08:30:00Z',
          LaunchTime: '2024-03-11T08:31:06Z',
          RunningTime: '2024-03-11T08:32:01Z',
          EndTime: '2024-03-11T08:32:09Z',
          RedirectInfo: redirectOf(1),
          StateDetailedReason: '',
        },
      ],
      TaskInstanceMetrics: {
        SubmittedCount: 0,
        PendingCount: 0,
        RunnableCount: 0,
        StartingCount: 0,
        RunningCount: 1,
        SucceedCount: 1,
        FailedInterruptedCount: 0,
        FailedCount: 1,
      },
      RequestId: 'b4f7029e-8d16-4a3c-85b7-2e90c3d1f64a',
    },
  },
];

export const describeTaskLogs: readonly Example[] = [
  {
    title: 'Output of one instance',
    input: { JobId: 'job-b83nx0ey', TaskName: 'count', TaskInstanceIndexes: [1] },
    output: {
      TotalCount: 3,
      TaskInstanceLogSet: [
        {
          TaskInstanceIndex: 1,
          StdoutLog: 'data:text/plain;charset=utf-8;base64,cGFydCAxIG9mIDMK',
          StderrLog: 'data:text/plain;charset=utf-8;base64,bm8gc3VjaCBmaWxlCg==',
          ...redirectOf(1),
        },
      ],
      RequestId: '37c08d5b-f1e2-4960-a8d4-6b59e7f02c13',
    },
  },
];

export const describeJobMonitorData: readonly Example[] = [
  {
    title: 'CPU usage over two minutes',
    input: {
      JobId: 'job-b83nx0ey',
      TaskName: 'count',
      TaskInstanceIndex: 0,
      MetricName: 'CpuUsage',
      StartTime: '2024-03-11T08:32:00+00:00',
      EndTime: '2024-03-11T08:34:00+00:00',
    },
    output: {
      Period: 60,
      DataPoints: { Timestamps: [1710145920, 1710145980, 1710146040], Values: [12.5, 97.1, null] },
      RequestId: 'f02d6c8a-3b97-4e51-a4c6-95e8b7d31f20',
    },
  },
];
