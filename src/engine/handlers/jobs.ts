/** The actions on jobs: submit, list, describe, retry, terminate, delete. */
import type { InputOf } from '../../catalogue/index.ts';
import { isFinal } from '../../catalogue/job-states.ts';
import { type State, states } from '../model/lifecycle.ts';
import { masked } from '../model/masking.ts';
import { metricsOf } from '../model/roll-up.ts';
import { taskNamesOf, withDefaults } from '../model/task-names.ts';
import { timeText } from '../model/time.ts';
import { isZoneOf, zoneMessage } from '../model/zones.ts';
import { killJob } from '../store/attempts.ts';
import { rememberToken, resourceOfToken } from '../store/client-tokens.ts';
import { retryFailed } from '../store/instances.ts';
import {
  deleteJob,
  dependencesOfJob,
  findJob,
  insertJob,
  type JobConditions,
  type JobRow,
  listJobs,
  markTerminating,
  tagsOfJob,
} from '../store/jobs.ts';
import { closeTask, tasksOfJob } from '../store/tasks.ts';
import { noJobMessage } from './find-task.ts';
import type { Handler } from './handler.ts';
import { checkSubmission } from './submission.ts';

type Job = InputOf<'SubmitJob'>['Job'];
type Task = Job['Tasks'][number];

/** The service's defaults (https://cloud.tencent.com/document/product/599/15912). */
const defaults = { instances: 1, timeoutSeconds: 86_400, jobsOnPage: 20 };
/** More than a task can have instances: no limit. */
const unlimited = 2 ** 31 - 1;

const SubmitJob: Handler<'SubmitJob'> = (input, context, refuse) => {
  const { db, region } = context;
  const { Job: job, Placement, ClientToken } = input;
  // A repeated request returns the original job, whatever has changed since.
  if (ClientToken) {
    const earlier = resourceOfToken(db, region, 'SubmitJob', ClientToken);
    if (earlier !== undefined) return { JobId: earlier };
  }
  checkSubmission(input, context, refuse);

  const jobId = context.newId('job');
  const stored = masked(job);
  const names = taskNamesOf(job.Tasks);
  insertJob(db, {
    region,
    jobId,
    name: job.JobName ?? '',
    zone: Placement.Zone,
    priority: job.Priority ?? 0,
    dependOn: job.TaskExecutionDependOn ?? 'PRE_TASK_SUCCEED',
    placement: JSON.stringify(Placement),
    // Tasks and dependences have tables; the row of the job is rewritten whenever its counts change, so it is small.
    submission: JSON.stringify({ ...stored, Tasks: undefined, Dependences: undefined }),
    notifications: job.Notifications?.length ? JSON.stringify(job.Notifications) : undefined,
    createTime: context.now(),
    tags: job.Tags ?? [],
    dependences: job.Dependences ?? [],
    tasks: stored.Tasks.map((task, position) => newTaskOf(task, names[position] ?? '')),
  });
  if (ClientToken) rememberToken(db, region, 'SubmitJob', ClientToken, jobId, context.now());
  context.wake();
  return { JobId: jobId };
};

const newTaskOf = (task: Task, name: string) => ({
  name,
  spec: JSON.stringify(withDefaults(task)),
  instances: task.TaskInstanceNum ?? defaults.instances,
  envId: task.EnvId,
  maxConcurrent: task.MaxConcurrentNum || unlimited,
  maxRetry: task.MaxRetryCount ?? 0,
  timeoutMs: (task.Timeout ?? defaults.timeoutSeconds) * 1000,
  failedAction: task.FailedAction ?? 'TERMINATE',
});

const DescribeJobs: Handler<'DescribeJobs'> = (input, { db, region }, refuse) => {
  const conditions: JobConditions[] = input.JobIds === undefined ? [] : [{ jobIds: input.JobIds }];
  for (const { Name, Values } of input.Filters ?? []) {
    if (Name === 'job-id') conditions.push({ jobIds: Values });
    else if (Name === 'job-name') conditions.push({ names: Values });
    else if (Name === 'tag-key') conditions.push({ tagKeys: Values });
    else if (Name === 'tag-value') conditions.push({ tagValues: Values });
    else if (Name.startsWith('tag:')) conditions.push({ tags: [{ key: Name.slice(4), values: Values }] });
    else if (Name === 'zone') {
      const other = Values.find((zone) => !isZoneOf(zone, region));
      if (other !== undefined) refuse('InvalidZone.MismatchRegion', zoneMessage(other, region));
      conditions.push({ zones: Values });
    } else {
      const unknown = Values.find((value) => !isState(value));
      if (unknown !== undefined) {
        refuse('InvalidParameterValue', `\`${unknown}\` is not a job state; they are ${states.join(', ')}.`);
      }
      conditions.push({ states: Values.filter(isState) });
    }
  }
  const { jobs, total } = listJobs(
    db,
    region,
    conditions,
    input.Offset ?? 0,
    input.Limit ?? defaults.jobsOnPage,
  );
  return {
    JobSet: jobs.map((job) => ({
      JobId: job.jobId,
      JobName: job.name,
      JobState: job.state,
      Priority: job.priority,
      Placement: JSON.parse(job.placement),
      CreateTime: timeText(job.createTime),
      EndTime: job.endTime === null ? null : timeText(job.endTime),
      TaskMetrics: metricsOf(job.tasks),
      Tags: tagsOfJob(db, job.seq),
    })),
    TotalCount: total,
  };
};

const isState = (text: string): text is State => (states as readonly string[]).includes(text);

const DescribeJob: Handler<'DescribeJob'> = (input, { db, region }, refuse) => {
  const job =
    findJob(db, region, input.JobId) ?? refuse('ResourceNotFound.Job', noJobMessage(input.JobId, region));
  const tasks = tasksOfJob(db, job.seq);
  const instances = Object.fromEntries(
    states.map((state) => [state, tasks.reduce((sum, task) => sum + task.counts[state], 0)]),
    // One entry for each state is what the type asks for.
  ) as Record<State, number>;
  return {
    JobId: job.jobId,
    JobName: job.name,
    Zone: job.zone,
    Priority: job.priority,
    JobState: job.state,
    CreateTime: timeText(job.createTime),
    EndTime: job.endTime === null ? null : timeText(job.endTime),
    TaskSet: tasks.map((task) => ({
      TaskName: task.name,
      TaskState: task.state,
      CreateTime: timeText(job.createTime),
      EndTime: task.endTime === null ? null : timeText(task.endTime),
    })),
    DependenceSet: dependencesOfJob(db, job.seq),
    TaskMetrics: metricsOf(job.tasks),
    TaskInstanceMetrics: metricsOf(instances),
    StateReason: job.stateReason ?? '',
    Tags: tagsOfJob(db, job.seq),
    NextAction: job.terminating ? 'TERMINATING' : '',
  };
};

const DescribeJobSubmitInfo: Handler<'DescribeJobSubmitInfo'> = (input, { db, region }, refuse) => {
  const job =
    findJob(db, region, input.JobId) ?? refuse('ResourceNotFound.Job', noJobMessage(input.JobId, region));
  // Validated against the same type when it was submitted.
  const submitted = JSON.parse(job.submission) as Omit<Job, 'Tasks'>;
  return {
    JobId: job.jobId,
    JobName: job.name,
    JobDescription: submitted.JobDescription ?? '',
    Priority: job.priority,
    Tasks: tasksOfJob(db, job.seq).map((task) => JSON.parse(task.spec)),
    Dependences: dependencesOfJob(db, job.seq),
    Tags: tagsOfJob(db, job.seq),
  };
};

const RetryJobs: Handler<'RetryJobs'> = (input, context, refuse) => {
  const { db, region } = context;
  // All or none: all are checked before the first is changed.
  const jobs = [...new Set(input.JobIds)].map((jobId) => {
    const job = findJob(db, region, jobId);
    if (job === undefined)
      return refuse('ResourceNotFound.Job', `There is no job \`${jobId}\`; none was retried.`);
    if (job.state !== 'FAILED') {
      refuse('UnsupportedOperation', `Job \`${jobId}\` is ${job.state}; only a FAILED job can be retried.`);
    }
    return job;
  });
  for (const job of jobs) retryFailed(db, job.seq, context.now());
  context.wake();
  return {};
};

/** The StateReason of instances that were terminated with their job. */
const terminated = 'terminated by TerminateJob';

const TerminateJob: Handler<'TerminateJob'> = (input, context, refuse) => {
  const { db, region } = context;
  const job =
    findJob(db, region, input.JobId) ?? refuse('ResourceNotFound.Job', noJobMessage(input.JobId, region));
  if (isFinal(job.state)) return {};
  if (job.state === 'SUBMITTED') {
    refuse(
      'UnsupportedOperation',
      'The instances of the job are still being created; terminate it in a moment.',
    );
  }
  if (job.terminating) refuse('ResourceInUse.Job', 'The job is already being terminated.');
  terminateJob(context, job);
  context.wake();
  return {};
};

const terminateJob = ({ db, now }: Parameters<Handler<'TerminateJob'>>[1], job: JobRow): void => {
  markTerminating(db, job.seq);
  for (const task of tasksOfJob(db, job.seq)) closeTask(db, task.id, terminated);
  killJob(db, job.seq, terminated, now());
};

const DeleteJob: Handler<'DeleteJob'> = (input, context, refuse) => {
  const { db, region } = context;
  const job =
    findJob(db, region, input.JobId) ?? refuse('ResourceNotFound.Job', noJobMessage(input.JobId, region));
  if (job.state === 'FAILED_INTERRUPTED' || job.state === 'SUBMITTED') {
    refuse('UnsupportedOperation', `The job is ${job.state}; only SUCCEED and FAILED jobs can be deleted.`);
  }
  if (!isFinal(job.state)) {
    refuse('ResourceInUse.Job', `The job is ${job.state}; terminate it first.`);
  }
  deleteJob(db, job);
  context.wake();
  return {};
};

export const jobHandlers = {
  SubmitJob,
  DescribeJobs,
  DescribeJob,
  DescribeJobSubmitInfo,
  RetryJobs,
  TerminateJob,
  DeleteJob,
};
