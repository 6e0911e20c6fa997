/** The backend that runs attempts as elements of job arrays in Slurm. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attempt } from '../../store/attempts.ts';
import { attemptFilesOf } from '../../store/instance-files.ts';
import { createSubmissionsTable, deleteSubmission, listSubmissions } from '../../store/slurm-submissions.ts';
import { type AttemptKey, type Backend, keyOf, type Report } from '../backend.ts';
import { endingOfError, prepareLaunch } from '../processes/attempt-launch.ts';
import { cutLog } from '../processes/log-ceiling.ts';
import { createWorkspaceRemoval, limitLogs, removeLaunchFiles } from '../processes/remove-files.ts';
import { createTimers, type Timers } from '../processes/timers.ts';
import { collectResults } from '../workspace/collect-results.ts';
import type { StartFault, TaskLaunch } from '../workspace/task-launch.ts';
import { createEntry, reportSlurmEnd, type SlurmContext, type SlurmEntry, type Submission } from './entry.ts';
import { readAllStatuses, reconcile } from './reconcile.ts';
import { submissionDirOf } from './status-files.ts';
import { cancelEntries, stopSubmitted } from './stop.ts';
import { queuedByTask, submitQueued } from './submit.ts';

/** A few starts, or stops, of one turn of the loop belong together. */
const collectMs = 50;

export type SlurmBackendOptions = Omit<
  SlurmContext,
  'entries' | 'submissions' | 'report' | 'isClosed' | 'ghosts' | 'forgottenAt'
> & {
  /** Called when there is a report. */
  readonly wake: () => void;
};

export const createSlurmBackend = (options: SlurmBackendOptions): Backend => {
  const { db, settings, wake } = options;
  createSubmissionsTable(db);
  let waiting: Report[] = [];
  let isClosed = false;
  const context: SlurmContext = {
    ...options,
    entries: new Map(),
    submissions: new Map(),
    report: (report) => {
      waiting.push(report);
      wake();
    },
    isClosed: () => isClosed,
    ghosts: new Map(),
    forgottenAt: Number.NEGATIVE_INFINITY,
  };
  const timers = createTimers();
  const work = createWork(context, timers);
  const workspaces = createWorkspaceRemoval(timers);
  const withEntry = (key: AttemptKey, use: (entry: SlurmEntry) => void): void => {
    const entry = context.entries.get(key);
    if (entry !== undefined) use(entry);
  };
  return {
    start: (attempt) => {
      startEntry(context, addEntry(context, attempt), work.wake);
    },
    observe: () => {
      const observed = waiting;
      waiting = [];
      return observed;
    },
    stop: (key) => withEntry(key, (entry) => stopEntry(context, entry, work.cancel)),
    collect: (key) => withEntry(key, (entry) => collectResults(context, entry)),
    makeRoom: (key) => withEntry(key, ({ files }) => workspaces.remove(files)),
    release: (key, isRetained) => {
      withEntry(key, (entry) => {
        limitLogs(settings, entry.files);
        removeLaunchFiles(entry.files, []);
        if (!isRetained) workspaces.remove(entry.files);
        releaseElement(context, entry);
      });
      context.entries.delete(key);
    },
    recover: (attempts) => {
      recoverAttempts(context, attempts);
      work.wake();
    },
    close: () => {
      isClosed = true;
      timers.stop();
      context.entries.clear();
    },
  };
};

/** The work that is repeated while anything is submitted: submissions, reading of status files, lists of Slurm. */
const createWork = (context: SlurmContext, timers: Timers) => {
  const { timings, log } = context;
  let isSubmitting = false;
  let isListing = false;
  let isUnreachable = false;
  const stopped = new Set<SlurmEntry>();
  const isBusy = (): boolean => context.entries.size > 0;
  const submit = async (): Promise<void> => {
    if (isSubmitting) return;
    isSubmitting = true;
    await submitQueued(context).catch((error) =>
      log.error(`a job array was not submitted: ${String(error)}`),
    );
    isSubmitting = false;
    wake();
  };
  const list = async (): Promise<void> => {
    if (isListing) return;
    isListing = true;
    cutLogs(context);
    const hasAnswered = await reconcile(context).catch((error) => {
      log.error(`the list of Slurm could not be compared: ${String(error)}`);
      return true;
    });
    isListing = false;
    if (hasAnswered === isUnreachable) {
      isUnreachable = !hasAnswered;
      if (isUnreachable)
        log.warn(
          'squeue: the controller of Slurm does not answer; instances continue, and it is asked again',
        );
      else log.info('The controller of Slurm answers again.');
    }
    if (isBusy()) timers.once('list', () => void list(), timings.listMs);
  };
  const readStatuses = (): void => {
    readAllStatuses(context);
    if (isBusy()) timers.once('status', readStatuses, timings.statusMs);
    wake();
  };
  /** While the cluster has elements that wait, it lacks nothing, and starts are collected for a larger array. */
  const wake = (): void => {
    if (!isBusy()) return;
    timers.once('status', readStatuses, timings.statusMs);
    timers.once('list', () => void list(), timings.listMs);
    if (queuedByTask(context.entries).size === 0 || isSubmitting) return;
    if (hasWaiting(context)) timers.once('batch', () => void submit(), timings.batchMs);
    else timers.once('submit', () => void submit(), collectMs);
  };
  return {
    wake,
    cancel: (entry: SlurmEntry): void => {
      stopped.add(entry);
      timers.once(
        'cancel',
        () => {
          const entries = [...stopped];
          stopped.clear();
          cancelEntries(context, entries);
        },
        collectMs,
      );
    },
  };
};

/** Keeps the logs of what runs below their limit. */
const cutLogs = ({ entries, settings }: SlurmContext): void => {
  for (const { state, status, files } of entries.values()) {
    if (state.phase !== 'submitted' || !status.hasBegun) continue;
    try {
      for (const file of [files.stdout, files.stderr]) cutLog(file, settings.maxLogBytes);
    } catch {
      // Tried again with the next list.
    }
  }
};

const hasWaiting = ({ entries }: SlurmContext): boolean =>
  [...entries.values()].some(({ state, status }) => state.phase === 'submitted' && !status.hasBegun);

const addEntry = ({ settings, entries }: SlurmContext, attempt: Attempt): SlurmEntry => {
  const entry = createEntry(attempt, keyOf(attempt), attemptFilesOf(settings.filesDir, attempt));
  entries.set(entry.key, entry);
  return entry;
};

const startEntry = (context: SlurmContext, entry: SlurmEntry, wake: () => void): void => {
  try {
    const launch = context.launchOf(entry.attempt.task);
    const go = (fault: StartFault | undefined): void => {
      // It may have been stopped, or the backend closed, in the meantime.
      if (context.entries.get(entry.key) !== entry || entry.state.phase !== 'preparing') return;
      if (fault !== undefined) reportSlurmEnd(context, entry, fault);
      else queueEntry(context, entry, launch);
      wake();
    };
    if (launch.noMachine !== undefined || launch.ready === undefined) go(launch.noMachine);
    else void launch.ready.then(go);
  } catch (error) {
    reportSlurmEnd(context, entry, endingOfError(error));
  }
};

const queueEntry = (context: SlurmContext, entry: SlurmEntry, launch: TaskLaunch): void => {
  const { attempt, files } = entry;
  const job = prepareLaunch(context.settings, attempt, launch, files);
  if ('ending' in job) {
    reportSlurmEnd(context, entry, job.ending);
    return;
  }
  const timeoutSeconds = Math.max(1, Math.ceil(attempt.timeoutMs / 1000));
  entry.state = { phase: 'queued', line: { ...job, timeoutSeconds } };
};

const stopEntry = (context: SlurmContext, entry: SlurmEntry, cancel: (entry: SlurmEntry) => void): void => {
  if (entry.isStopped || entry.state.phase === 'ended') return;
  entry.isStopped = true;
  switch (entry.state.phase) {
    case 'preparing': {
      const { task } = entry.attempt;
      reportSlurmEnd(context, entry, { kind: 'not-begun' });
      const isAwaited = [...context.entries.values()].some(
        ({ attempt, state }) => attempt.task === task && state.phase === 'preparing',
      );
      if (!isAwaited) context.launchOf(task).abort();
      return;
    }
    case 'queued':
      reportSlurmEnd(context, entry, { kind: 'not-begun' });
      return;
    case 'submitted':
      if (stopSubmitted(context, entry)) cancel(entry);
      return;
    default:
      entry.state satisfies never;
  }
};

/** The end of the attempt is stored. With the last one, the submission is forgotten. */
const releaseElement = (context: SlurmContext, { element }: SlurmEntry): void => {
  if (element === undefined) return;
  const { submission, number } = element;
  submission.open.delete(number);
  if (submission.open.size === 0) forgetSubmission(context, submission.token);
};

/** A wrapper that starts later finds no directory, and ends. */
const forgetSubmission = (context: SlurmContext, token: string): void => {
  deleteSubmission(context.db, token);
  context.submissions.delete(token);
  const directory = submissionDirOf(context.settings.filesDir, token);
  rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch((error) =>
    context.log.warn(`${directory} could not be removed: ${String(error)}`),
  );
};

/** Takes over the attempts of an earlier engine. One that is in no submission was never sent. */
const recoverAttempts = (context: SlurmContext, attempts: readonly Attempt[]): void => {
  const byKey = new Map(attempts.map((attempt) => [keyOf(attempt), attempt]));
  for (const { token, elements } of listSubmissions(context.db)) {
    const submission: Submission = {
      token,
      directory: join(submissionDirOf(context.settings.filesDir, token)),
      keys: elements.map(keyOf),
      open: new Set(),
      jobs: new Set(),
      liveJobs: new Set(),
      isSending: false,
    };
    for (const [number, { task, index, attempt }] of elements.entries()) {
      const active = byKey.get(keyOf({ task, index }));
      if (active === undefined || active.attempt !== attempt) continue;
      const entry = addEntry(context, active);
      entry.element = { submission, number };
      entry.state = { phase: 'submitted' };
      submission.open.add(number);
    }
    if (submission.open.size === 0) forgetSubmission(context, token);
    else context.submissions.set(token, submission);
  }
  for (const attempt of attempts) {
    if (!context.entries.has(keyOf(attempt)))
      reportSlurmEnd(context, addEntry(context, attempt), { kind: 'not-begun' });
  }
};
