/** Engine-only requests: what `batch-mcp` asks its own engine and the API has no action for. */
import { existsSync } from 'node:fs';
import * as z from 'zod';
import { isActive } from '../../catalogue/job-states.ts';
import { isRegionName } from '../../catalogue/regions.ts';
import { checkInput } from '../http/check-input.ts';
import { Refusal } from '../http/refusals.ts';
import { timeOrNull } from '../model/time.ts';
import { type AttemptRecord, attemptsOf } from '../store/attempt-history.ts';
import { attemptFilesOf, type LogSize, logSizeOf } from '../store/instance-files.ts';
import { findInstance } from '../store/instances.ts';
import { readJobEvents } from '../store/job-event-log.ts';
import { findJob } from '../store/jobs.ts';
import { slotHolders } from '../store/slots.ts';
import { type UsageRecord, usageOfAttempts } from '../store/usage.ts';
import { findJobAndTask, noInstance, noJobMessage } from './find-task.ts';
import type { HandlerContext } from './handler.ts';
import { jobHistoryOf, notMeasurable } from './job-history.ts';
import { checkSubmission, failureOf } from './submission.ts';

type Context = Omit<HandlerContext, 'region' | 'attempt'>;

interface Problem {
  readonly problem: { readonly Code: string; readonly Message: string };
}

/** Runs a request; a refusal becomes its `problem`. */
const answer = (run: () => object): object => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { problem: { Code: error.code, Message: error.message } } satisfies Problem;
  }
};

const refuse = (code: Refusal['code'], message?: string): never => {
  throw new Refusal(code, message);
};

const Check = z.object({ Region: z.string(), Input: z.unknown() });

/**
 * Responds with the `problem` that SubmitJob would report, without submitting, or with the `failure` of a job that it
 * would accept; empty when the job can run.
 */
const check = (body: unknown, context: Context): object =>
  answer(() => {
    const { Region: region, Input } = Check.parse(body);
    if (!isRegionName(region)) refuse('UnsupportedRegion');
    const input = checkInput('SubmitJob', Input);
    checkSubmission(input, { ...context, region }, refuse);
    const failure = failureOf(input, context);
    return failure === undefined ? {} : { failure };
  });

const Target = z.object({
  Region: z.string(),
  JobId: z.string(),
  TaskName: z.string(),
  TaskInstanceIndex: z.int().min(0),
});

/** Responds with all attempts of an instance, first to last. */
const attempts = (body: unknown, { db, settings }: Context): object =>
  answer(() => {
    const { Region, JobId, TaskName, TaskInstanceIndex: index } = Target.parse(body);
    const found = findJobAndTask(db, Region, JobId, TaskName);
    if (typeof found === 'string') return refuse('ResourceNotFound.TaskInstance', found);
    const { job, task } = found;
    if (index >= task.instances) refuse('ResourceNotFound.TaskInstance', noInstance(task, index));
    const name = { jobId: job.jobId, position: task.position, index };
    const usage = usageOfAttempts(db, task.id, index);
    return {
      attempts: attemptsOf(db, task.id, index).map((attempt) => ({
        Attempt: attempt.attempt,
        State: attempt.state,
        ExitCode: attempt.exitCode,
        StateReason: attempt.reason ?? '',
        StateDetailedReason: attempt.detail ?? '',
        ComputeNodeInstanceId: attempt.machine,
        ComputeNodeId: attempt.node,
        LaunchTime: timeOrNull(attempt.launchTime),
        RunningTime: timeOrNull(attempt.runningTime),
        EndTime: timeOrNull(attempt.endTime),
        HasLogs: existsSync(attemptFilesOf(settings.filesDir, { ...name, attempt: attempt.attempt }).stdout),
        Usage: usageOf(attempt, usage.get(attempt.attempt), notMeasurable(task.spec, settings.backend)),
      })),
    };
  });

/**
 * What an attempt used, or why that is not known. The figures are the last ones if it was killed.
 * @param why attempts of its task cannot be measured here
 */
const usageOf = (
  { runningTime, endTime }: AttemptRecord,
  usage: UsageRecord | undefined,
  why: string | undefined,
): object => {
  if (usage !== undefined && why === undefined)
    return {
      PeakMemoryBytes: usage.peakMemory,
      CpuSeconds: usage.cpuSeconds,
      MeasuredSeconds: runningTime === null ? null : Math.max(0, usage.time - runningTime) / 1000,
    };
  if (why !== undefined) return { NotMeasured: why };
  if (endTime === null) return { NotMeasured: 'it has not been measured yet' };
  return {
    NotMeasured:
      runningTime === null ? 'its command never ran, as far as is known' : 'it ran for less than 0.2 seconds',
  };
};

const JobTarget = z.object({ Region: z.string(), JobId: z.string() });

/** Responds with the repeated attempts of all instances of a job, and with what its tasks have used. */
const history = (body: unknown, { db, settings }: Context): object =>
  answer(() => {
    const { Region, JobId } = JobTarget.parse(body);
    const job = findJob(db, Region, JobId) ?? refuse('ResourceNotFound.Job', noJobMessage(JobId, Region));
    return jobHistoryOf(db, job, settings.backend);
  });

const LogsTarget = z.object({
  Region: z.string(),
  JobId: z.string(),
  TaskName: z.string(),
  // As many as one call of DescribeTaskLogs returns.
  TaskInstanceIndexes: z.array(z.int().min(0)).max(10),
  Attempt: z.int().min(1).optional(),
});

/** Responds with the length of the streams of some instances, and whether the attempt still runs. */
const logs = (body: unknown, { db, settings }: Context): object =>
  answer(() => {
    const { Region, JobId, TaskName, TaskInstanceIndexes, Attempt } = LogsTarget.parse(body);
    const found = findJobAndTask(db, Region, JobId, TaskName);
    if (typeof found === 'string') return refuse('ResourceNotFound.TaskInstance', found);
    const { job, task } = found;
    return {
      logs: TaskInstanceIndexes.map((index) => {
        const instance = findInstance(db, task.id, index) ?? refuse('ResourceNotFound.TaskInstance');
        const attempt = Attempt ?? instance.attempt;
        const name = { jobId: job.jobId, position: task.position, index, attempt };
        const files = attemptFilesOf(settings.filesDir, name);
        return {
          TaskInstanceIndex: index,
          Attempt: attempt,
          IsRunning: attempt === instance.attempt && isActive(instance.state),
          Stdout: sizeFieldsOf(logSizeOf(files.stdout, settings.maxLogBytes)),
          Stderr: sizeFieldsOf(logSizeOf(files.stderr, settings.maxLogBytes)),
        };
      }),
    };
  });

const sizeFieldsOf = ({ size, cut }: LogSize): object => ({
  Size: size,
  ...(cut && { MissingBytes: cut.missing, MissingOffset: cut.offset }),
});

/** Responds with the number of slots and the tasks that occupy them. */
const slots = (_body: unknown, { db, settings }: Context): object => ({
  Total: settings.slots,
  Holders: slotHolders(db).map(({ jobId, jobName, priority, region, taskName, state, count }) => ({
    JobId: jobId,
    JobName: jobName,
    Priority: priority,
    Region: region,
    TaskName: taskName,
    TaskInstanceState: state,
    Count: count,
  })),
});

// A page of them is at most a third of what `askEngine` accepts as an answer.
const EventsTarget = z.object({ since: z.string().optional(), limit: z.int().min(1).max(100) });

/** Responds with the events of jobs after a cursor, of all regions, or with the newest ones. */
const events = (body: unknown, { db, settings }: Context): object =>
  readJobEvents(db, settings.engineId, EventsTarget.parse(body));

export const engineRequests = { check, attempts, events, history, logs, slots };
