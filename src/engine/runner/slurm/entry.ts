/** What the Slurm backend knows of attempts and submissions, and the context that its parts share. */
import type { Log } from '../../../shared/log.ts';
import type { Ending } from '../../model/scheduler.ts';
import type { EngineSettings, SlurmResources } from '../../settings.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { Database } from '../../store/database.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import type { AttemptKey, Report } from '../backend.ts';
import { mayHaveResults } from '../workspace/collect-results.ts';
import type { TaskLaunch } from '../workspace/task-launch.ts';
import type { SlurmClient } from './client.ts';
import type { ElementLine } from './status-files.ts';
import { type ElementStatus, noStatus } from './verdict.ts';

/** One array in Slurm; two or more after it was submitted again. */
export interface Submission {
  readonly token: string;
  readonly directory: string;
  /** The attempts, by the number of the element. */
  readonly keys: readonly AttemptKey[];
  /** The elements whose ends are not stored. */
  readonly open: Set<number>;
  /** All its jobs in Slurm, as far as they are known. A controller that lost its state may give their numbers to others. */
  readonly jobs: Set<number>;
  /** Those that Slurm listed last, or that were submitted since: what may be cancelled. */
  readonly liveJobs: Set<number>;
  /** Whether `sbatch` is running. */
  isSending: boolean;
}

/** Where an attempt is on its way through the backend. */
export type SlurmEntryState =
  /** The files of its task are being prepared. */
  | { readonly phase: 'preparing' }
  /** It waits for the next array of its task. */
  | { readonly phase: 'queued'; readonly line: ElementLine }
  | { readonly phase: 'submitted' }
  | { readonly phase: 'ended' };

/** The element that runs an attempt. */
export interface ElementOf {
  readonly submission: Submission;
  readonly number: number;
}

export interface SlurmEntry {
  readonly key: AttemptKey;
  readonly attempt: Attempt;
  readonly files: AttemptFiles;
  state: SlurmEntryState;
  /** undefined until it is submitted. */
  element: ElementOf | undefined;
  status: ElementStatus;
  isStopped: boolean;
  /** Since when Slurm does not list it as waiting or running, on the monotonic clock. */
  missingSince: number | undefined;
  /** Since when Slurm lists it as running although it has not begun, on the monotonic clock. */
  runningSince: number | undefined;
  /** The last beat of its wrapper, and when it was first read. */
  beat: { readonly text: string; readonly since: number } | undefined;
}

/** Intervals and limits, in milliseconds. */
export interface SlurmTimings {
  /** How often the status files are read: one directory for each array. */
  readonly statusMs: number;
  /** How often `squeue` is asked, once for all jobs. */
  readonly listMs: number;
  /** How long starts are collected while the cluster still has elements of this engine that wait. */
  readonly batchMs: number;
  /** After so long without a trace in Slurm or in the status files, an element that has not begun is submitted again. */
  readonly resubmitMs: number;
  /** After so long without a beat, an element that Slurm does not know is lost. */
  readonly lostMs: number;
  /** After so long, an element that Slurm lists as running, and whose wrapper has not begun, is given up. */
  readonly beginMs: number;
  /** How often the wrapper of an element beats. */
  readonly beatMs: number;
}

export const defaultTimings: SlurmTimings = {
  statusMs: 500,
  // What administrators of clusters ask of programs that poll.
  listMs: 5000,
  // With it, a task of many short instances needs fewer than 20 commands for 1,000 of them.
  batchMs: 4000,
  // A controller that restarts answers within this time; a second array of the same elements does no harm.
  resubmitMs: 30_000,
  // A client of NFS may show a file a minute late.
  lostMs: 150_000,
  // A node may prepare itself for minutes.
  beginMs: 600_000,
  beatMs: 15_000,
};

export interface SlurmContext {
  readonly db: Database;
  readonly settings: EngineSettings;
  readonly log: Log;
  readonly client: SlurmClient;
  readonly timings: SlurmTimings;
  /** MaxArraySize of the cluster. */
  readonly maxArraySize: number;
  /** The copy of `element.sh` on the shared file system. */
  readonly script: string;
  /** The numeric user of the jobs. */
  readonly uid: number;
  readonly launchOf: (task: number) => TaskLaunch;
  /** What the operator's table gives an attempt. */
  readonly resourcesOf: (attempt: Attempt) => SlurmResources;
  readonly newToken: () => string;
  readonly monotonic: () => number;
  readonly entries: Map<AttemptKey, SlurmEntry>;
  readonly submissions: Map<string, Submission>;
  /** Queues a report and wakes the loop. */
  readonly report: (report: Report) => void;
  readonly isClosed: () => boolean;
  /** Elements that have ended and that Slurm lists as running, by id, and since when, on the monotonic clock. */
  readonly ghosts: Map<string, number>;
  /** When Slurm had last forgotten a job, on the monotonic clock. */
  forgottenAt: number;
}

export const createEntry = (attempt: Attempt, key: AttemptKey, files: AttemptFiles): SlurmEntry => ({
  key,
  attempt,
  files,
  state: { phase: 'preparing' },
  element: undefined,
  status: noStatus,
  isStopped: false,
  missingSince: undefined,
  runningSince: undefined,
  beat: undefined,
});

/** Reports the end of an attempt, once. @param stopReason why it was ended, if the loop has not requested it */
export const reportSlurmEnd = (
  context: SlurmContext,
  entry: SlurmEntry,
  ending: Ending,
  stopReason?: string,
): void => {
  if (entry.state.phase === 'ended') return;
  const { key, attempt } = entry;
  entry.state = { phase: 'ended' };
  if (stopReason !== undefined) context.report({ kind: 'stopping', key, reason: stopReason });
  const hasResults = ending.kind === 'exited' && mayHaveResults(context.launchOf, attempt.task);
  context.report({ kind: 'ended', key, ending, hasResults });
};
