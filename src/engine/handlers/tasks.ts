/** The actions on a task and its instances: state, logs, metrics, and terminating one instance. */
import { existsSync } from 'node:fs';
import type { InputOf } from '../../catalogue/index.ts';
import { isActive } from '../../catalogue/job-states.ts';
import { isWaiting, type State, states } from '../model/lifecycle.ts';
import { monitorPointsOf } from '../model/monitor.ts';
import { attemptLogName, type ResolvedRedirect, redirectOf } from '../model/redirect.ts';
import { metricsOf } from '../model/roll-up.ts';
import { timeOrNull, timeText } from '../model/time.ts';
import { discardRetained, requestKill } from '../store/attempts.ts';
import { type AttemptName, attemptFilesOf, readTail } from '../store/instance-files.ts';
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
import type { TaskRow } from '../store/tasks.ts';
import { findJobAndTask, noInstance } from './find-task.ts';
import type { Handler } from './handler.ts';

type TaskSpec = InputOf<'SubmitJob'>['Job']['Tasks'][number];

/** The defaults of `Limit` (https://www.tencentcloud.com/document/product/599). */
const defaults = { instancesOnPage: 100, logsOnPage: 5 };

// Validated against the same type when it was submitted.
const specOf = (task: TaskRow): TaskSpec => JSON.parse(task.spec) as TaskSpec;

const DescribeTask: Handler<'DescribeTask'> = (input, { db, region }, refuse) => {
  const found = findJobAndTask(db, region, input.JobId, input.TaskName);
  if (typeof found === 'string') return refuse('ResourceNotFound.Task', found);
  const { job, task } = found;
  const filtered = statesOf(input.Filters);
  const offset = input.Offset ?? 0;
  const limit = input.Limit ?? defaults.instancesOnPage;
  const page =
    filtered === undefined
      ? instancesFrom(db, task.id, offset, limit)
      : instancesInStates(db, task.id, filtered, offset, limit);
  const spec = specOf(task);
  return {
    JobId: job.jobId,
    TaskName: task.name,
    TaskState: task.state,
    CreateTime: timeText(job.createTime),
    EndTime: timeOrNull(task.endTime),
    TaskInstanceTotalCount:
      filtered === undefined ? task.instances : filtered.reduce((sum, state) => sum + task.counts[state], 0),
    TaskInstanceSet: page.map((instance) => viewOf(job, task, spec, instance)),
    TaskInstanceMetrics: metricsOf(task.counts),
  };
};

/** The states that all filters allow; undefined without a filter. An unknown state matches nothing. */
const statesOf = (filters: InputOf<'DescribeTask'>['Filters']): readonly State[] | undefined =>
  filters === undefined || filters.length === 0
    ? undefined
    : states.filter((state) => filters.every(({ Values }) => Values.includes(state)));

const viewOf = (job: JobRow, task: TaskRow, spec: TaskSpec, instance: InstanceRow) => {
  const hasMachine = ['STARTING', 'RUNNING', 'FAILED_INTERRUPTED'].includes(instance.state);
  return {
    TaskInstanceIndex: instance.index,
    TaskInstanceState: instance.state,
    ExitCode: instance.exitCode,
    StateReason: instance.reason ?? '',
    // Only while there is a machine: it is released at the end, and a retry gets another one.
    ComputeNodeInstanceId: hasMachine ? instance.machine : null,
    CreateTime: timeText(job.createTime),
    LaunchTime: timeOrNull(instance.launchTime),
    RunningTime: timeOrNull(instance.runningTime),
    EndTime: timeOrNull(instance.endTime),
    RedirectInfo: redirectOf(spec.RedirectInfo, {
      jobId: job.jobId,
      taskName: task.name,
      idx: instance.index,
    }),
    StateDetailedReason: instance.detail ?? '',
  };
};

const DescribeTaskLogs: Handler<'DescribeTaskLogs'> = (input, context, refuse) => {
  const { db, region, settings } = context;
  const found = findJobAndTask(db, region, input.JobId, input.TaskName);
  if (typeof found === 'string') {
    const hasJob = findJob(db, region, input.JobId) !== undefined;
    return refuse(hasJob ? 'ResourceNotFound.Task' : 'ResourceNotFound.Job', found);
  }
  const { job, task } = found;
  const missing = input.TaskInstanceIndexes?.find((index) => index >= task.instances);
  if (missing !== undefined) refuse('ResourceNotFound.TaskInstance', noInstance(task, missing));
  const spec = specOf(task);
  const selected = input.TaskInstanceIndexes?.flatMap((index) => findInstance(db, task.id, index) ?? []);
  const instances =
    selected ?? instancesFrom(db, task.id, input.Offset ?? 0, input.Limit ?? defaults.logsOnPage);
  const withoutAttempt = selected?.find((instance) => instance.attempt < (context.attempt ?? 0));
  if (withoutAttempt !== undefined) {
    refuse('ResourceNotFound.TaskInstance', noAttempt(withoutAttempt, context.attempt));
  }
  return {
    TotalCount: task.instances,
    TaskInstanceLogSet: instances.map((instance) => {
      const { index } = instance;
      const attempt = context.attempt ?? instance.attempt;
      const name = { jobId: job.jobId, position: task.position, index, attempt };
      const files = attemptFilesOf(settings.filesDir, name);
      const redirect = redirectOf(spec.RedirectInfo, { jobId: job.jobId, taskName: task.name, idx: index });
      return {
        TaskInstanceIndex: index,
        StdoutLog: dataUrlOf(readTail(files.stdout)),
        StderrLog: dataUrlOf(readTail(files.stderr)),
        ...(isSuperseded(settings.filesDir, name, instance)
          ? redirectOfAttempt(redirect, attempt)
          : redirect),
      };
    }),
  };
};

/** Whether a later attempt has ended and left logs, which then have the documented names. */
const isSuperseded = (filesDir: string, name: AttemptName, instance: InstanceRow): boolean => {
  const last = isActive(instance.state) ? instance.attempt - 1 : instance.attempt;
  for (let later = name.attempt + 1; later <= last; later += 1) {
    if (existsSync(attemptFilesOf(filesDir, { ...name, attempt: later }).stdout)) return true;
  }
  return false;
};

const redirectOfAttempt = (redirect: ResolvedRedirect, attempt: number): ResolvedRedirect => {
  const nameOf = (name: string): string => (name === '' ? '' : attemptLogName(name, attempt));
  return {
    ...redirect,
    StdoutRedirectFileName: nameOf(redirect.StdoutRedirectFileName),
    StderrRedirectFileName: nameOf(redirect.StderrRedirectFileName),
  };
};

const noAttempt = ({ index, attempt }: InstanceRow, missing: number | undefined): string =>
  attempt === 0
    ? `Instance ${index} has not been started.`
    : `Instance ${index} has the attempts 1 to ${attempt}; there is no ${missing}.`;

/** The API's form of a log: at most 2,048 bytes. Which ones is not documented; the end says more than the start. */
const dataUrlOf = (bytes: Buffer): string =>
  `data:text/plain;charset=utf-8;base64,${bytes.toString('base64')}`;

const DescribeJobMonitorData: Handler<'DescribeJobMonitorData'> = (input, { db, region, now }, refuse) => {
  const found = findJobAndTask(db, region, input.JobId, input.TaskName);
  // The action documents one code for everything that does not exist, and supports elastic tasks only.
  if (typeof found === 'string') return refuse('ResourceNotFound.Job', found);
  if (found.task.envId !== undefined) {
    return refuse(
      'ResourceNotFound.Job',
      `Task \`${found.task.name}\` has an EnvId; only elastic tasks have metrics.`,
    );
  }
  const instance =
    findInstance(db, found.task.id, input.TaskInstanceIndex) ??
    refuse('ResourceNotFound.Job', noInstance(found.task, input.TaskInstanceIndex));
  const from = Math.max(Date.parse(input.StartTime ?? '') || 0, instance.runningTime ?? 0);
  const until = Math.min(Date.parse(input.EndTime ?? '') || now(), instance.endTime ?? now());
  const samples = samplesBetween(db, found.task.id, instance.index, from, until);
  const { period, points } = monitorPointsOf(samples, input.MetricName, until - from);
  return {
    Period: period,
    DataPoints: {
      Timestamps: points.map(({ time }) => time),
      Values: points.map(({ value }) => value),
    },
  };
};

/** The StateReason of an instance that was terminated by itself. */
const terminated = 'terminated by TerminateTaskInstance';

const TerminateTaskInstance: Handler<'TerminateTaskInstance'> = (input, context, refuse) => {
  const { db, region } = context;
  const found = findJobAndTask(db, region, input.JobId, input.TaskName);
  const index = input.TaskInstanceIndex;
  if (typeof found === 'string') return refuse('ResourceNotFound.TaskInstance', found);
  const { task } = found;
  if (index >= task.instances) refuse('ResourceNotFound.TaskInstance', noInstance(task, index));
  const time = context.now();
  let instance = findInstance(db, task.id, index);
  // The job was accepted a moment ago and this instance has no row yet: expand the job until it has.
  while (instance === undefined && expandJob(db, 5000, time) > 0) instance = findInstance(db, task.id, index);
  if (instance === undefined) return refuse('ResourceNotFound.TaskInstance', noInstance(task, index));
  if (isWaiting(instance.state)) failWaiting(db, task.id, index, instance.state, terminated, time);
  if (instance.state === 'FAILED_INTERRUPTED') discardRetained(db, task.id, index, terminated, time);
  // STARTING and RUNNING end with their processes; SUCCEED and FAILED do not change.
  requestKill(db, task.id, index, terminated, time);
  context.wake();
  return {};
};

export const taskHandlers = {
  DescribeTask,
  DescribeTaskLogs,
  DescribeJobMonitorData,
  TerminateTaskInstance,
};
