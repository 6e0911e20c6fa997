/** WaitForJob: polls a job until it is in a given state, has ended, or the time is over. It never changes the job. */
import * as z from 'zod';
import { endedStates, jobStates } from '../../catalogue/job-states.ts';
import { JobId } from '../../catalogue/shapes/common.ts';
import { TransportError } from '../../shared/errors.ts';
import type { Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import type { Wait } from '../contract/wait.ts';
import {
  changesOf,
  hasChangedState,
  isSettled,
  type JobSnapshot,
  jobSnapshot,
  progressOf,
} from '../jobs/job-snapshot.ts';

export interface WaitForJobOptions {
  /** Milliseconds between two polls of a job that changes; up to five times as long when it does not. */
  readonly pollMs: number;
  readonly wait: Wait;
}

// Many clients time out after 60 seconds; the answer has to arrive before.
const defaultTimeout = 45;
// With progress a client may wait longer, but a continuation after ten minutes costs nothing.
const maxTimeout = 600;
/** A job of a thousand tasks changes in a thousand ways; the counts summarize the rest. */
const maxChanges = 20;
/** A single lost connection does not end a wait; three in a row do. */
const maxLostPolls = 3;

const input = z.strictObject({
  JobId,
  until: z
    .array(z.enum(jobStates))
    .min(1)
    .max(jobStates.length)
    .optional()
    .describe('Job states; default: any end.'),
  timeout: z.int().min(0).max(maxTimeout).optional().describe(`Seconds; default ${defaultTimeout}.`),
});

export const createWaitForJob = (options: WaitForJobOptions): Tool => ({
  name: 'WaitForJob',
  title: 'Wait for a job',
  description:
    'Waits until a job has ended or is in a state; returns what changed. When the time is up, call again to continue. Never changes the job.',
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  returns: 'JobState reached waited instances',
  input,
  isRegional: true,
  hasDetail: false,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    const { JobId: id, until, timeout } = args as z.output<typeof input>;
    const startTime = context.now();
    const wanted: readonly string[] = until ?? endedStates;
    const deadline = startTime + (timeout ?? defaultTimeout) * 1000;
    const { first, last } = await poll({ id, wanted, deadline }, context, options);
    return answerOf(id, wanted, first, last, Math.round((context.now() - startTime) / 1000));
  },
});

interface Target {
  readonly id: string;
  readonly wanted: readonly string[];
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** @returns the snapshots at the start and at the end */
const poll = async (
  { id, wanted, deadline }: Target,
  context: ToolContext,
  { pollMs, wait }: WaitForJobOptions,
): Promise<{ readonly first: JobSnapshot; readonly last: JobSnapshot }> => {
  const report = (job: JobSnapshot) =>
    context.progress(job.succeeded + job.failed, job.total, progressOf(job));
  const first = jobSnapshot(await context.call('DescribeJob', { JobId: id }));
  let last = first;
  let interval = pollMs;
  let lost = 0;
  report(first);
  while (!wanted.includes(last.JobState) && !isSettled(last) && context.now() < deadline) {
    await waitUnlessClosing(Math.min(interval, Math.max(0, deadline - context.now())), context, wait);
    if (context.closing?.aborted) break;
    const next = await snapshotAgain(id, context);
    if (next instanceof TransportError) {
      lost += 1;
      if (lost >= maxLostPolls) throw next;
      continue;
    }
    lost = 0;
    const isMoving = hasChangedState(last, next) || last.succeeded !== next.succeeded;
    interval = isMoving ? pollMs : Math.min(interval * 1.5, pollMs * 5);
    last = next;
    report(next);
  }
  return { first, last };
};

/** Ends early, and without an error, when the session is ending: the caller then gets its continuation at once. */
const waitUnlessClosing = async (
  milliseconds: number,
  { signal, closing }: ToolContext,
  wait: Wait,
): Promise<void> => {
  try {
    await wait(milliseconds, closing === undefined ? signal : AbortSignal.any([signal, closing]));
  } catch (error) {
    if (signal.aborted || !closing?.aborted) throw error;
  }
};

const snapshotAgain = async (id: string, context: ToolContext): Promise<JobSnapshot | TransportError> => {
  try {
    return jobSnapshot(await context.call('DescribeJob', { JobId: id }));
  } catch (error) {
    if (error instanceof TransportError && !context.signal.aborted) return error;
    throw error;
  }
};

const answerOf = (
  id: string,
  wanted: readonly string[],
  first: JobSnapshot,
  last: JobSnapshot,
  waited: number,
): ToolAnswer => {
  const { JobState, NextAction } = last;
  const reached = wanted.includes(JobState);
  const changed = changesOf(first, last);
  return {
    summary: reached
      ? `${id} is ${JobState}, after ${waited} s.`
      : isSettled(last)
        ? `${id} has ended as ${JobState}; it will not become ${wanted.join(' or ')}.`
        : `${id} is still ${JobState || 'in an unknown state'} after ${waited} s of waiting for ${wanted.join(' or ')}; it continues.`,
    fields: {
      JobId: id,
      JobState,
      ...(NextAction !== '' && { NextAction }),
      reached,
      waited,
      instances: progressOf(last),
      changed: changed.slice(0, maxChanges),
      ...(changed.length > maxChanges && { moreChanges: changed.length - maxChanges }),
    },
    next: nextOf(id, last, reached),
  };
};

const nextOf = (id: string, last: JobSnapshot, reached: boolean): readonly string[] => {
  if (last.JobState === 'FAILED' || last.JobState === 'FAILED_INTERRUPTED') {
    return [`DiagnoseJob with JobId ${id} explains why.`];
  }
  if (isSettled(last)) {
    return [
      `ReadTaskLogs with JobId ${id} and a TaskName shows the output of all instances; SearchTaskLogs finds lines.`,
    ];
  }
  return reached ? [] : ['Call WaitForJob with the same arguments to continue. The job was not changed.'];
};
