/** The actions on a task and its instances: state, output, measurements, and ending one instance. */
import type { InputOf } from '../../catalogue/index.ts';
import { isWaiting, type State, states } from '../model/lifecycle.ts';
import { monitorPointsOf } from '../model/monitor.ts';
import { redirectOf } from '../model/redirect.ts';
import { metricsOf } from '../model/roll-up.ts';
import { timeText } from '../model/time.ts';
import { discardRetained, requestKill } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';
import { attemptFilesOf, readTail } from '../store/instance-files.ts';
import {
  expandJob,
  failWaiting,
  findInstance,
  type InstanceRow,
  instancesFrom,
  instancesInStates,
} from '../store/instances.ts';
import { findJob, type JobRow } from '../store/jobs.ts';
import { samplesBetween } from '../store/samples.ts';
import { findTask, type TaskRow } from '../store/tasks.ts';
import type { Handler } from './handler.ts';

type TaskSpec = InputOf<'SubmitJob'>['Job']['Tasks'][number];

/** What lists give when `Limit` is not there (https://www.tencentcloud.com/document/product/599). */
const defaults = { instancesOnPage: 100, logsOnPage: 5 };

/** A task with its job, or undefined when either is not there. */
const lookUp = (
  db: Database,
  region: string,
  jobId: string,
  taskName: string,
): { readonly job: JobRow; readonly task: TaskRow } | undefined => {
  const job = findJob(db, region, jobId);
  const task = job && findTask(db, job.seq, taskName);
  return job && task && { job, task };
};

// It was checked against the same type when it was submitted.
const specOf = (task: TaskRow): TaskSpec => JSON.parse(task.spec) as TaskSpec;

const timeOf = (time: number | null): string | null => (time === null ? null : timeText(time));

export const DescribeTask: Handler<'DescribeTask'> = (input, { db, region }, refuse) => {
  const found = lookUp(db, region, input.JobId, input.TaskName);
  if (found === undefined) return refuse('ResourceNotFound.Task');
  const { job, task } = found;
  const wanted = statesOf(input.Filters);
  const offset = input.Offset ?? 0;
  const limit = input.Limit ?? defaults.instancesOnPage;
  const page =
    wanted === undefined
      ? instancesFrom(db, task.id, offset, limit)
      : instancesInStates(db, task.id, wanted, offset, limit);
  const spec = specOf(task);
  return {
    JobId: job.jobId,
    TaskName: task.name,
    TaskState: task.state,
    CreateTime: timeText(job.createTime),
    EndTime: timeOf(task.endTime),
    TaskInstanceTotalCount:
      wanted === undefined ? task.instances : wanted.reduce((sum, state) => sum + task.counts[state], 0),
    TaskInstanceSet: page.map((instance) => viewOf(job, task, spec, instance)),
    TaskInstanceMetrics: metricsOf(task.counts),
  };
};

/** The states that all filters allow; undefined without a filter. A name that is no state matches nothing. */
const statesOf = (filters: InputOf<'DescribeTask'>['Filters']): readonly State[] | undefined =>
  filters === undefined || filters.length === 0
    ? undefined
    : states.filter((state) => filters.every(({ Values }) => Values.includes(state)));

const viewOf = (job: JobRow, task: TaskRow, spec: TaskSpec, instance: InstanceRow) => {
  const hasMachine = ['STARTING', 'RUNNING', 'FAILED_INTERRUPTED'].includes(instance.state);
  return {
    TaskInstanceIndex: instance.idx,
    TaskInstanceState: instance.state,
    ExitCode: instance.exitCode,
    StateReason: instance.reason ?? '',
    // A machine is told while there is one: after the end it is gone, and a retry gets another.
    ComputeNodeInstanceId: hasMachine ? instance.machine : null,
    CreateTime: timeText(job.createTime),
    LaunchTime: timeOf(instance.launchTime),
    RunningTime: timeOf(instance.runningTime),
    EndTime: timeOf(instance.endTime),
    RedirectInfo: redirectOf(spec.RedirectInfo, { jobId: job.jobId, taskName: task.name, idx: instance.idx }),
    StateDetailedReason: instance.detail ?? '',
  };
};

export const DescribeTaskLogs: Handler<'DescribeTaskLogs'> = (input, { db, region, settings }, refuse) => {
  const job = findJob(db, region, input.JobId) ?? refuse('ResourceNotFound.Job');
  const task = findTask(db, job.seq, input.TaskName) ?? refuse('ResourceNotFound.Task');
  const missing = input.TaskInstanceIndexes?.find((index) => index >= task.instances);
  if (missing !== undefined) {
    refuse(
      'ResourceNotFound.TaskInstance',
      `Task \`${task.name}\` has the instances 0 to ${task.instances - 1}; there is no ${missing}.`,
    );
  }
  const spec = specOf(task);
  const asked = input.TaskInstanceIndexes?.flatMap((index) => findInstance(db, task.id, index) ?? []);
  const instances =
    asked ?? instancesFrom(db, task.id, input.Offset ?? 0, input.Limit ?? defaults.logsOnPage);
  return {
    TotalCount: task.instances,
    TaskInstanceLogSet: instances.map(({ idx, attempt, work, state }) => {
      const name = { jobId: job.jobId, position: task.position, idx, attempt, work };
      const files = attemptFilesOf(settings.dataDir, name);
      const logOf = (stream: 'stdout' | 'stderr'): string => {
        const kept = readTail(files[stream]);
        const isWriting = kept.length === 0 && (state === 'STARTING' || state === 'RUNNING');
        return dataUrlOf(isWriting ? readTail(files.written[stream]) : kept);
      };
      return {
        TaskInstanceIndex: idx,
        StdoutLog: logOf('stdout'),
        StderrLog: logOf('stderr'),
        ...redirectOf(spec.RedirectInfo, { jobId: job.jobId, taskName: task.name, idx }),
      };
    }),
  };
};

/** The form in which the API gives a log: at most 2,048 bytes; which ones is not documented, and an end tells more. */
const dataUrlOf = (bytes: Buffer): string =>
  `data:text/plain;charset=utf-8;base64,${bytes.toString('base64')}`;

export const DescribeJobMonitorData: Handler<'DescribeJobMonitorData'> = (
  input,
  { db, region, now },
  refuse,
) => {
  const found = lookUp(db, region, input.JobId, input.TaskName);
  const instance = found && findInstance(db, found.task.id, input.TaskInstanceIndex);
  // The action documents one code for whatever is not there, and answers for elastic tasks alone.
  if (found === undefined || instance === undefined || found.task.envId !== undefined) {
    return refuse('ResourceNotFound.Job', 'There is no such instance of an elastic task.');
  }
  const from = Math.max(Date.parse(input.StartTime ?? '') || 0, instance.runningTime ?? 0);
  const until = Math.min(Date.parse(input.EndTime ?? '') || now(), instance.endTime ?? now());
  const samples = samplesBetween(db, found.task.id, instance.idx, from, until);
  const { period, points } = monitorPointsOf(samples, input.MetricName, until - from);
  return {
    Period: period,
    DataPoints: {
      Timestamps: points.map(({ time }) => time),
      Values: points.map(({ value }) => value),
    },
  };
};

/** What an instance says that was ended by itself. */
const terminated = 'terminated by TerminateTaskInstance';

export const TerminateTaskInstance: Handler<'TerminateTaskInstance'> = (input, context, refuse) => {
  const { db, region } = context;
  const found = lookUp(db, region, input.JobId, input.TaskName);
  const index = input.TaskInstanceIndex;
  if (found === undefined || index >= found.task.instances) return refuse('ResourceNotFound.TaskInstance');
  const { task } = found;
  const time = context.now();
  let instance = findInstance(db, task.id, index);
  // It was accepted a moment ago and has no row yet: lay out until it has.
  while (instance === undefined && expandJob(db, 5000, time) > 0) instance = findInstance(db, task.id, index);
  if (instance === undefined) return refuse('ResourceNotFound.TaskInstance');
  if (isWaiting(instance.state)) failWaiting(db, task.id, index, instance.state, terminated, time);
  if (instance.state === 'FAILED_INTERRUPTED') discardRetained(db, task.id, index, terminated, time);
  // STARTING and RUNNING end when their processes have; SUCCEED and FAILED stay as they are.
  requestKill(db, task.id, index, terminated, time);
  context.wake();
  return {};
};
