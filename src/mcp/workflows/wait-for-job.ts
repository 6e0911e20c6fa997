/** WaitForJob: polls jobs until they are in a given state, have ended, or the time is over. It never changes them. */
import * as z from 'zod';
import { endedStates, jobStates } from '../../catalogue/job-states.ts';
import { JobId } from '../../catalogue/shapes/common.ts';
import { InputError } from '../../shared/errors.ts';
import type { Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import {
  changesOf,
  hasChangedState,
  isSettled,
  type JobSnapshot,
  jobSnapshot,
  progressOf,
} from '../jobs/job-snapshot.ts';
import { type PollOptions, pollUntil } from './poll-until.ts';
import { waitForJobs } from './wait-for-jobs.ts';

export type WaitForJobOptions = PollOptions;

// Many clients time out after 60 seconds; the answer has to arrive before.
const defaultTimeout = 45;
// Progress restarts the time limit of a client, but the bridge of one drops every answer after four minutes.
const maxTimeout = 230;
/** A job of a thousand tasks changes in a thousand ways; the counts summarize the rest. */
const maxChanges = 20;
/** As many as one call of DescribeJobs returns. */
const maxJobs = 100;

const modes = ['first', 'all'] as const;

const input = z.strictObject({
  JobId: JobId.optional(),
  JobIds: z.array(JobId).min(1).max(maxJobs).optional(),
  until: z
    .array(z.enum([...modes, ...jobStates]))
    .min(1)
    .max(modes.length + jobStates.length)
    .optional()
    .describe('States; of JobIds first or all. Default: first, any end.'),
  timeout: z.int().min(0).max(maxTimeout).optional().describe(`Seconds; default ${defaultTimeout}.`),
});

export const createWaitForJob = (options: WaitForJobOptions): Tool => ({
  name: 'WaitForJob',
  title: 'Wait for a job',
  description: 'Waits until jobs have ended or are in a state; when the time is up, call again.',
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  returns: 'JobState reached waited instances',
  input,
  isRegional: true,
  hasDetail: false,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    const { until = [], timeout = defaultTimeout, ...names } = args as z.output<typeof input>;
    const ids = idsOf(names);
    const states = until.filter((word) => word !== 'first' && word !== 'all');
    const mode = modeOf(until);
    const wanted: readonly string[] = states.length > 0 ? states : endedStates;
    // Without progress the client would give up, and the answer would be lost.
    const isCut = timeout > defaultTimeout && context.hasProgress !== true;
    const seconds = isCut ? defaultTimeout : timeout;
    const deadline = context.now() + seconds * 1000;
    const [only = '', ...others] = ids;
    const answer =
      others.length > 0
        ? await waitForJobs({ ids, wanted, mode, deadline }, context, options)
        : await waitForOne({ id: only, wanted, deadline }, context, options);
    if (!isCut || answer.fields.reached === true) return answer;
    const note = `A request without a progress token waits at most ${defaultTimeout} s.`;
    return { ...answer, fields: { ...answer.fields, note } };
  },
});

const idsOf = ({ JobId: id, JobIds: ids }: Pick<z.output<typeof input>, 'JobId' | 'JobIds'>) => {
  if ((id === undefined) !== (ids === undefined)) return [...new Set(ids ?? [id ?? ''])];
  const message = id === undefined ? 'JobId or JobIds is missing.' : 'Give JobId or JobIds, not both.';
  throw new InputError('WaitForJob', [{ path: 'JobIds', message }]);
};

const modeOf = (until: readonly string[]): (typeof modes)[number] => {
  if (until.includes('first') && until.includes('all')) {
    throw new InputError('WaitForJob', [{ path: 'until', message: 'Give first or all, not both.' }]);
  }
  return until.includes('all') ? 'all' : 'first';
};

interface Target {
  readonly id: string;
  readonly wanted: readonly string[];
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

const waitForOne = async (
  { id, wanted, deadline }: Target,
  context: ToolContext,
  options: PollOptions,
): Promise<ToolAnswer> => {
  const startTime = context.now();
  const { first, last } = await pollUntil<JobSnapshot>(
    {
      read: async () => jobSnapshot(await context.call('DescribeJob', { JobId: id })),
      isDone: (job) => wanted.includes(job.JobState) || isSettled(job),
      hasMoved: (before, after) => hasChangedState(before, after) || before.succeeded !== after.succeeded,
      progressOf: (job) => ({
        done: job.succeeded + job.failed,
        total: job.total,
        message: progressOf(job),
      }),
      deadline,
    },
    context,
    options,
  );
  return answerOf(id, wanted, first, last, Math.round((context.now() - startTime) / 1000));
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
