/** The backend that runs attempts as processes of this machine. */
import type { EngineSettings } from '../../settings.ts';
import type { Attempt } from '../../store/attempts.ts';
import { attemptFilesOf, readTail } from '../../store/instance-files.ts';
import { type AttemptKey, type Backend, keyOf, type Report } from '../backend.ts';
import { collectResults } from '../workspace/collect-results.ts';
import type { StartFault, TaskLaunch } from '../workspace/task-launch.ts';
import { appliedLimitsOf } from './applied-limits.ts';
import { endingOfError, prepareLaunch } from './attempt-launch.ts';
import { createDiskLimit } from './disk-limit.ts';
import { type BackendContext, type Entry, pidOfEntry, reportEnd, terminateEntry } from './entry.ts';
import { followAttempts, pollAfterRunnerLoss } from './follow.ts';
import { createMonitor, type UsageSample } from './monitor.ts';
import { markedProcesses, processIdentity, signalTo, visitMarkedProcesses } from './process-table.ts';
import {
  createWorkspaceRemoval,
  limitLogs,
  removeLaunchFiles,
  type WorkspaceRemoval,
} from './remove-files.ts';
import { createRunnerPool, type RunnerEvents } from './runner-pool.ts';
import { openRunnerRecords, readRecord, recordedNameOf } from './runner-record.ts';
import { endingOfCode } from './sandbox-failure.ts';
import { killProcessGroup } from './terminate-attempt.ts';
import { createTimers, type Timers } from './timers.ts';
import { markerOfAttempt } from './variables.ts';
import { isOfOldVersion, leftFilesOf } from './version-0.1.0.ts';

export interface ProcessBackendOptions {
  readonly settings: EngineSettings;
  /** The files of a task and how it is launched. @throws the system's error, or the reason why it cannot be launched */
  readonly launchOf: (task: number) => TaskLaunch;
  /** Called when there is a report. */
  readonly wake: () => void;
  /** Stores what running attempts use. */
  readonly recordUsage: (samples: readonly UsageSample[]) => void;
  /** Stores that an attempt is to be terminated, and why; it may fail. */
  readonly requestStop: (attempt: Attempt, reason: string) => void;
}

/** Orphans are searched this long after an end, so that many ends at once cost one search of the process table. */
const orphanDelayMs = 500;
/** A start that is observed so much later is not noticed, and a command that does nothing takes less. */
const startedDelayMs = 5;

export const createProcessBackend = (options: ProcessBackendOptions): Backend => {
  const { settings, launchOf, wake } = options;
  const entries = new Map<AttemptKey, Entry>();
  const timers = createTimers();
  const records = openRunnerRecords(settings.dataDir);
  const { report, reportStart, observe } = createReports(wake, timers);
  const context: BackendContext = {
    settings,
    launchOf,
    entries,
    records,
    pool: createRunnerPool(
      { ...settings, limits: appliedLimitsOf(settings) },
      settings.sandbox.prefix,
      records,
      {
        onStarted: (key, pid) => withEntry(key, (entry) => onStarted(context, entry, pid)),
        onEnded: (key, code, record) => withEntry(key, (entry) => onEnded(context, entry, code, record)),
        onLost: (key, reason, record) =>
          withEntry(key, (entry) => pollAfterRunnerLoss(context, entry, reason, record)),
      } satisfies RunnerEvents,
    ),
    report,
    reportStart,
    later: timers.later,
    killOrphansSoon: () => timers.once('orphans', () => void killOrphans(context), orphanDelayMs),
  };
  const withEntry = (key: AttemptKey, work: (entry: Entry) => void): void => {
    const entry = entries.get(key);
    if (entry !== undefined) work(entry);
  };
  const workspaces = createWorkspaceRemoval(timers);
  const monitor = createMonitor(settings, entries, timers, options.recordUsage);
  const diskLimit = createDiskLimit(settings, entries, timers, (entry, reason) => {
    try {
      options.requestStop(entry.attempt, reason);
    } catch {
      // On a full disk: the attempt is terminated first, which makes room. Its end is recorded with the reason.
      stopEntry(context, entry);
      report({ kind: 'stopping', key: entry.key, reason });
    }
  });
  const watch = (): void => {
    monitor.wake();
    diskLimit.wake();
  };
  return {
    start: (attempt) => {
      const entry = addEntry(context, attempt);
      startEntry(context, entry);
      watch();
    },
    observe,
    stop: (key) => withEntry(key, (entry) => stopEntry(context, entry)),
    collect: (key) => withEntry(key, (entry) => collectResults(context, entry)),
    makeRoom: (key) => withEntry(key, ({ files }) => workspaces.remove(files)),
    release: (key, isRetained) => {
      withEntry(key, (entry) => removeFiles(settings, workspaces, entry, isRetained));
      entries.delete(key);
      records.release(key);
    },
    recover: (attempts) => {
      followAttempts(
        context,
        attempts.map((attempt) => addEntry(context, attempt)),
      );
      // Before anything is started.
      for (const { pid, marker } of markedProcesses(settings.engineId)) killOrphan(context, pid, marker);
      watch();
    },
    close: () => {
      timers.stop();
      context.pool.close();
      entries.clear();
    },
  };
};

/** Reports that the loop has not observed yet. */
const createReports = (wake: () => void, { once }: Timers) => {
  let waiting: (() => Report)[] = [];
  const wakeIfWaiting = (): void => {
    if (waiting.length > 0) wake();
  };
  return {
    report: (report: Report): void => {
      waiting.push(() => report);
      wake();
    },
    reportStart: (entry: Entry): void => {
      waiting.push(() => startOf(entry));
      // A short command has ended by then, and the loop observes both at once.
      once('started', wakeIfWaiting, startedDelayMs);
    },
    observe: (): readonly Report[] => {
      const observed = waiting;
      waiting = [];
      return observed.map((reportOf) => reportOf());
    },
  };
};

/** The start of a command that a runner has reported. The identity of one that has ended is not recorded any more. */
const startOf = (entry: Entry): Report => {
  const pid = pidOfEntry(entry);
  const backendId = pid === undefined ? '' : processIdentity(pid);
  return { kind: 'started', key: entry.key, backendId, elapsedMs: 0 };
};

const addEntry = ({ settings, entries }: BackendContext, attempt: Attempt): Entry => {
  const entry: Entry = {
    key: keyOf(attempt),
    attempt,
    files: attemptFilesOf(settings.filesDir, attempt),
    marker: markerOfAttempt(settings, attempt),
    isSandboxed: settings.sandbox.mode === 'bwrap',
    isPlain: false,
    state: { phase: 'preparing' },
    stop: 'none',
  };
  entries.set(entry.key, entry);
  return entry;
};

const startEntry = (context: BackendContext, entry: Entry): void => {
  try {
    const launch = context.launchOf(entry.attempt.task);
    if (launch.noMachine !== undefined) reportEnd(context, entry, launch.noMachine);
    else if (launch.ready === undefined) launchEntry(context, entry, launch);
    else void launch.ready.then((fault) => continueStart(context, entry, launch, fault));
  } catch (error) {
    reportEnd(context, entry, endingOfError(error));
  }
};

/** Goes on when the files of the task are prepared. */
const continueStart = (
  context: BackendContext,
  entry: Entry,
  launch: TaskLaunch,
  fault: StartFault | undefined,
): void => {
  // It may have been stopped, or the backend closed, in the meantime.
  if (context.entries.get(entry.key) !== entry || entry.state.phase !== 'preparing') return;
  if (fault !== undefined) reportEnd(context, entry, fault);
  else launchEntry(context, entry, launch);
};

const launchEntry = (context: BackendContext, entry: Entry, launch: TaskLaunch): void => {
  const job = prepareLaunch(context.settings, entry.attempt, launch, entry.files);
  if ('ending' in job) {
    reportEnd(context, entry, job.ending);
    return;
  }
  entry.isPlain = launch.isPlain;
  entry.state = { phase: 'launching' };
  context.pool.run({ ...job, key: entry.key });
};

const onStarted = (context: BackendContext, entry: Entry, pid: number): void => {
  entry.state = { phase: 'running', pid };
  context.reportStart(entry);
  if (entry.stop === 'requested') terminateEntry(context, entry);
};

const onEnded = (context: BackendContext, entry: Entry, code: number, record: string): void => {
  const { state, attempt, files } = entry;
  if (state.phase === 'running') {
    killProcessGroup(state.pid);
    const find = () => (entry.isSandboxed ? readRecord(record, recordedNameOf(attempt, files)) : undefined);
    reportEnd(context, entry, endingOfCode(files, code, find));
    return;
  }
  // It has not begun: the runner wrote the reason to the log, that the working directory is missing for instance.
  const reason = readTail(files.stderr).toString('utf8').trim();
  reportEnd(context, entry, { kind: 'machine-failure', detail: `the machine could not start it: ${reason}` });
};

const stopEntry = (context: BackendContext, entry: Entry): void => {
  if (entry.stop !== 'none' || entry.state.phase === 'ended') return;
  entry.stop = 'requested';
  if (entry.state.phase === 'preparing') cancelEntry(context, entry);
  else if (pidOfEntry(entry) !== undefined) terminateEntry(context, entry);
};

/** Ends an attempt that waits for the files of its task. Without another one that waits, their download ends, too. */
const cancelEntry = (context: BackendContext, entry: Entry): void => {
  const { task } = entry.attempt;
  reportEnd(context, entry, { kind: 'not-begun' });
  const isAwaited = [...context.entries.values()].some(
    ({ attempt, state }) => attempt.task === task && state.phase === 'preparing',
  );
  if (!isAwaited) context.launchOf(task).abort();
};

/** Removes the files of an attempt that are no longer needed. */
const removeFiles = (
  settings: EngineSettings,
  workspaces: WorkspaceRemoval,
  { attempt, files, isPlain }: Entry,
  isRetained: boolean,
): void => {
  limitLogs(settings, files);
  if (!isPlain) removeLaunchFiles(files, isOfOldVersion(attempt) ? leftFilesOf(files) : []);
  if (!isRetained) workspaces.remove(isPlain ? { work: files.work } : files);
};

/** Kills processes of attempts that have ended, also of an earlier engine. */
const killOrphans = (context: BackendContext): Promise<void> =>
  visitMarkedProcesses(context.settings.engineId, (pid, marker) => killOrphan(context, pid, marker));

/** Kills a process, unless it belongs to an attempt that has not ended. */
const killOrphan = ({ entries }: BackendContext, pid: number, marker: string): void => {
  const isActive = [...entries.values()].some(
    (entry) => entry.marker === marker && entry.state.phase !== 'ended',
  );
  if (!isActive) signalTo(pid, 'SIGKILL');
};
