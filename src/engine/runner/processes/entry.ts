/** What the process backend knows of one attempt, and the context that its parts share. */
import type { Ending } from '../../model/scheduler.ts';
import type { EngineSettings } from '../../settings.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import type { AttemptKey, Report } from '../backend.ts';
import { mayHaveResults } from '../workspace/collect-results.ts';
import type { TaskLaunch } from '../workspace/task-launch.ts';
import type { RunnerPool } from './runner-pool.ts';
import type { RunnerRecords } from './runner-record.ts';
import { terminate } from './terminate-attempt.ts';

/** Where an attempt is on its way through the backend. */
export type EntryState =
  /** The files of its task are being prepared. */
  | { readonly phase: 'preparing' }
  /** A runner has it, and its command has not begun. */
  | { readonly phase: 'launching' }
  | { readonly phase: 'running'; readonly pid: number }
  /**
   * Nothing reports on it, because its runner is gone or belongs to an earlier engine: the records are polled. `pid` is
   * undefined until it begins.
   */
  | { readonly phase: 'followed'; readonly pid: number | undefined; readonly records: readonly string[] }
  | { readonly phase: 'ended' };

export interface Entry {
  readonly key: AttemptKey;
  readonly attempt: Attempt;
  readonly files: AttemptFiles;
  readonly marker: string;
  readonly isSandboxed: boolean;
  /** Whether it has no file but its working directory and its logs; false until that is known. */
  isPlain: boolean;
  state: EntryState;
  /** `requested`: it is to be terminated, and has no process yet. `signalled`: SIGTERM has been sent. */
  stop: 'none' | 'requested' | 'signalled';
}

export interface BackendContext {
  readonly settings: EngineSettings;
  readonly launchOf: (task: number) => TaskLaunch;
  readonly entries: Map<AttemptKey, Entry>;
  readonly records: RunnerRecords;
  readonly pool: RunnerPool;
  /** Queues a report and wakes the loop. */
  readonly report: (report: Report) => void;
  /** Queues the report that a command has begun, and wakes the loop a moment later. */
  readonly reportStart: (entry: Entry) => void;
  /** Calls back after so many milliseconds, unless the backend is closed. */
  readonly later: (work: () => void, milliseconds: number) => void;
  /** Kills, a moment later, what attempts that have ended left running. */
  readonly killOrphansSoon: () => void;
}

/** The process of an attempt that has begun and not ended. */
export const pidOfEntry = ({ state }: Entry): number | undefined =>
  state.phase === 'running' || state.phase === 'followed' ? state.pid : undefined;

/** Reports the end of an attempt, once. */
export const reportEnd = (context: BackendContext, entry: Entry, ending: Ending): void => {
  if (entry.state.phase === 'ended') return;
  entry.state = { phase: 'ended' };
  context.killOrphansSoon();
  context.report({
    kind: 'ended',
    key: entry.key,
    ending,
    hasResults: ending.kind === 'exited' && mayHaveResults(context.launchOf, entry.attempt.task),
  });
};

/** Terminates an attempt whose command has begun. */
export const terminateEntry = ({ settings, later }: BackendContext, entry: Entry): void => {
  const pid = pidOfEntry(entry);
  if (pid === undefined) return;
  entry.stop = 'signalled';
  terminate(settings, { ...entry, pid }, () => pidOfEntry(entry) === pid, later);
};
