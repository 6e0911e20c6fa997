/** WaitForJob: looks at a job until it is in a wanted state, has ended, or the time is up. It never touches the job. */
import * as z from 'zod';
import { JobId } from '../../catalogue/shapes/common.ts';
import { TransportError } from '../../shared/errors.ts';
import type { Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import type { Wait } from '../contract/wait.ts';
import {
  changesOf,
  endedStates,
  hasChangedState,
  isSettled,
  type JobSnapshot,
  jobSnapshot,
  jobStates,
  progressOf,
} from '../jobs/job-snapshot.ts';

export interface WaitForJobOptions {
  /** Milliseconds between two looks when something happens; five times as long when nothing does. */
  readonly pollMs: number;
  readonly wait: Wait;
}

// Many clients give up on a call after 60 seconds; the answer must be there before.
const defaultTimeout = 45;
// With progress a client may wait longer, but a handle after ten minutes costs nothing.
const maxTimeout = 600;
/** A job of a thousand tasks changes in a thousand places; the counts tell the rest. */
const maxChanges = 20;
/** A connection that is lost once is nothing to a wait; three times in a row it is gone. */
const maxLostLooks = 3;

const input = z.strictObject({
  JobId,
  until: z.array(z.enum(jobStates)).min(1).max(jobStates.length).optional().describe('Default: any end.'),
  timeout: z.int().min(0).max(maxTimeout).optional().describe(`Seconds; default ${defaultTimeout}.`),
});

export const createWaitForJob = ({ pollMs, wait }: WaitForJobOptions): Tool => ({
  name: 'WaitForJob',
  title: 'Wait for a job',
  description:
    'Waits until a job has ended or is in a state; tells what changed. When the time is up, call again to go on. Never touches the job.',
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  run: async (args, context) => {
    // The arguments were checked against this very schema.
    const { JobId, until, timeout } = args as z.output<typeof input>;
    const begun = context.now();
    const deadline = begun + (timeout ?? defaultTimeout) * 1000;
    const wanted: readonly string[] = until ?? endedStates;
    const first = jobSnapshot(await context.call('DescribeJob', { JobId }));
    let last = first;
    let interval = pollMs;
    let lost = 0;
    context.progress(first.succeeded + first.failed, first.total, progressOf(first));
    while (!wanted.includes(last.JobState) && !isSettled(last) && context.now() < deadline) {
      await wait(Math.min(interval, Math.max(0, deadline - context.now())), context.signal);
      const look = await lookAgain(JobId, context);
      if (look instanceof TransportError) {
        lost += 1;
        if (lost >= maxLostLooks) throw look;
        continue;
      }
      lost = 0;
      const moves = hasChangedState(last, look) || last.succeeded !== look.succeeded;
      interval = moves ? pollMs : Math.min(interval * 1.5, pollMs * 5);
      last = look;
      context.progress(look.succeeded + look.failed, look.total, progressOf(look));
    }
    return answerOf(JobId, wanted, first, last, Math.round((context.now() - begun) / 1000));
  },
});

const lookAgain = async (JobId: string, context: ToolContext): Promise<JobSnapshot | TransportError> => {
  try {
    return jobSnapshot(await context.call('DescribeJob', { JobId }));
  } catch (error) {
    if (error instanceof TransportError && !context.signal.aborted) return error;
    throw error;
  }
};

const answerOf = (
  JobId: string,
  wanted: readonly string[],
  first: JobSnapshot,
  last: JobSnapshot,
  waited: number,
): ToolAnswer => {
  const { JobState, NextAction } = last;
  const reached = wanted.includes(JobState);
  const changed = changesOf(first, last);
  const failing = JobState === 'FAILED' || JobState === 'FAILED_INTERRUPTED';
  return {
    summary: reached
      ? `${JobId} is ${JobState}, after ${waited} s.`
      : isSettled(last)
        ? `${JobId} has ended as ${JobState}; ${wanted.join(' or ')} will not come.`
        : `${JobId} is still ${JobState} after ${waited} s of waiting for ${wanted.join(' or ')}; it goes on.`,
    fields: {
      JobId,
      JobState,
      ...(NextAction !== '' && { NextAction }),
      reached,
      waited,
      instances: progressOf(last),
      changed: changed.slice(0, maxChanges),
      ...(changed.length > maxChanges && { moreChanges: changed.length - maxChanges }),
    },
    next: failing
      ? [`DiagnoseJob with JobId ${JobId} says why.`]
      : reached || isSettled(last)
        ? isSettled(last)
          ? [
              `DescribeTaskLogs with JobId ${JobId} and a TaskName shows the output; SearchTaskLogs picks lines out of all instances.`,
            ]
          : []
        : ['Call WaitForJob with the same arguments to go on. Nothing was done to the job.'],
  };
};
