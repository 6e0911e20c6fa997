/** Collects starts, and submits them as job arrays. */

import { deleteSubmission, insertSubmission } from '../../store/slurm-submissions.ts';
import type { AttemptKey } from '../backend.ts';
import { limitsOf } from '../processes/runner-pool.ts';
import { chunksOf, sbatchArgsOf } from './commands.ts';
import { reportSlurmEnd, type SlurmContext, type SlurmEntry, type Submission } from './entry.ts';
import { parseJobId, submitFailureOf } from './parse.ts';
import { type ElementLine, submissionDirOf, writeElements } from './status-files.ts';

/** Slurm's limit is a net for a node on which the wrapper's fails: so many minutes later. */
const spareMinutes = 10;

/** The time limit in Slurm of a task with this Timeout. */
export const minutesOf = (timeoutMs: number): number => Math.ceil(timeoutMs / 60_000) + spareMinutes;

/** The attempts that wait for an array, by task. */
export const queuedByTask = (
  entries: ReadonlyMap<AttemptKey, SlurmEntry>,
): ReadonlyMap<number, readonly SlurmEntry[]> => {
  const byTask = new Map<number, SlurmEntry[]>();
  for (const entry of entries.values()) {
    if (entry.state.phase !== 'queued') continue;
    const ofTask = byTask.get(entry.attempt.task);
    if (ofTask === undefined) byTask.set(entry.attempt.task, [entry]);
    else ofTask.push(entry);
  }
  return byTask;
};

/** Submits everything that is queued, one array after another. */
export const submitQueued = async (context: SlurmContext): Promise<void> => {
  for (const [, entries] of queuedByTask(context.entries)) {
    for (const chunk of chunksOf(entries, context.maxArraySize)) {
      if (context.isClosed()) return;
      // Some may have been stopped while the chunk before was submitted.
      const queued = chunk.filter(({ state }) => state.phase === 'queued');
      if (queued.length > 0) await submitChunk(context, queued);
    }
  }
};

const submitChunk = async (context: SlurmContext, entries: readonly SlurmEntry[]): Promise<void> => {
  let submission: Submission;
  try {
    submission = createSubmission(context, entries);
  } catch (error) {
    // Nothing was sent. A full disk or an unreachable file system is the machine's failure.
    const detail = `the cluster's working directory could not be written: ${String(error)}`;
    for (const entry of entries) reportSlurmEnd(context, entry, { kind: 'machine-failure', detail });
    return;
  }
  await sendElements(
    context,
    submission,
    entries.map((_, number) => number),
  );
};

/** Records the intent, in the store and on the shared file system, before anything is sent. */
const createSubmission = (context: SlurmContext, entries: readonly SlurmEntry[]): Submission => {
  const { db, settings, submissions } = context;
  const token = context.newToken();
  const directory = submissionDirOf(settings.filesDir, token);
  insertSubmission(db, {
    token,
    elements: entries.map(({ attempt: { task, index, attempt } }) => ({ task, index, attempt })),
  });
  const lines = entries.flatMap(({ state }): readonly ElementLine[] =>
    state.phase === 'queued' ? [state.line] : [],
  );
  try {
    writeElements(directory, lines);
  } catch (error) {
    deleteSubmission(db, token);
    throw error;
  }
  const submission: Submission = {
    token,
    directory,
    keys: entries.map(({ key }) => key),
    open: new Set(entries.keys()),
    jobs: new Set(),
    liveJobs: new Set(),
    isSending: false,
  };
  submissions.set(token, submission);
  for (const [number, entry] of entries.entries()) {
    entry.element = { submission, number };
    entry.state = { phase: 'submitted' };
  }
  return submission;
};

/**
 * Sends elements of a submission to Slurm, the first time or again. Whatever becomes of the answer, each runs at most
 * once, because its wrapper has to claim it.
 */
export const sendElements = async (
  context: SlurmContext,
  submission: Submission,
  numbers: readonly number[],
): Promise<void> => {
  const first = entryOf(context, submission, numbers[0] ?? 0);
  if (first === undefined || submission.isSending) return;
  submission.isSending = true;
  const result = await context.client.run('sbatch', argsOf(context, submission, numbers, first));
  submission.isSending = false;
  if (context.isClosed()) return;
  const job = result.code === 0 ? parseJobId(result.stdout) : undefined;
  if (job !== undefined) {
    submission.jobs.add(job);
    submission.liveJobs.add(job);
    return;
  }
  const failure = submitFailureOf(result.stderr);
  if (failure.kind === 'refused') {
    const detail = `Slurm refuses the job: ${failure.reason}`;
    for (const number of numbers) {
      const entry = entryOf(context, submission, number);
      if (entry !== undefined) reportSlurmEnd(context, entry, { kind: 'unstartable', detail });
    }
    return;
  }
  // The comparison with Slurm's list shows whether it was submitted; if not, it is sent again.
  const reason = failure.reason === '' ? 'no answer' : failure.reason;
  context.log.warn(
    `sbatch: ${reason}; ${numbers.length} instances are submitted again if Slurm has no job of them`,
  );
};

/** The attempt of an element; undefined if its end is stored. Another attempt of the instance is another element. */
export const entryOf = (
  { entries }: SlurmContext,
  submission: Submission,
  number: number,
): SlurmEntry | undefined => {
  const entry = entries.get(submission.keys[number] ?? '');
  return entry?.element?.submission === submission && entry.element.number === number ? entry : undefined;
};

const argsOf = (
  context: SlurmContext,
  submission: Submission,
  numbers: readonly number[],
  { attempt }: SlurmEntry,
): readonly string[] => {
  const { settings, timings } = context;
  const seconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));
  return sbatchArgsOf({
    engineId: settings.engineId,
    token: submission.token,
    elements: numbers,
    resources: context.resourcesOf(attempt),
    minutes: hasTimeout(context, attempt.task) ? minutesOf(attempt.timeoutMs) : undefined,
    script: context.script,
    args: [
      submission.directory,
      seconds(timings.beatMs),
      seconds(settings.killGraceMs),
      ['c=0', ...limitsOf(settings.limits)].join(' '),
      ...settings.sandbox.prefix,
    ],
  });
};

/** The default of Timeout is a day, for which a job would never start where the partition allows less. */
const hasTimeout = ({ launchOf }: SlurmContext, task: number): boolean => {
  try {
    return launchOf(task).spec.Timeout !== undefined;
  } catch {
    return false;
  }
};
