/** The processes the engine watches: its own children and those it found again after a restart. */
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Ending } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import type { Attempt } from '../store/attempts.ts';
import { type AttemptFiles, attemptFilesOf } from '../store/instance-files.ts';
import { endingOf, exitCodeOf, faultOf, markerOfAttempt } from './attempt-process.ts';
import { birthOf, markedProcesses, nameOf, signalGroup, signalTo } from './process-table.ts';

/** One watched attempt. `ending` is set once, when its process is gone. */
export interface LiveAttempt {
  readonly key: string;
  readonly files: AttemptFiles;
  readonly marker: string;
  readonly pid: number;
  readonly birth: string;
  ending: Ending | undefined;
  /** Its process is gone and what it leaves is being stored. */
  isStoring: boolean;
  /** The signals sent so far. */
  signalled: 'none' | 'TERM' | 'KILL';
  readonly attempt: Attempt;
  readonly isMine: boolean;
}

/** Names an instance among those that are watched. */
export const keyOf = (instance: { readonly task: number; readonly idx: number }): string =>
  `${instance.task}/${instance.idx}`;

/** The task and the index that a key names. */
export const instanceOf = (key: string): readonly [task: number, idx: number] => {
  const [task = 0, idx = 0] = key.split('/').map(Number);
  return [task, idx];
};

export interface LiveAttempts {
  get(key: string): LiveAttempt | undefined;
  all(): readonly LiveAttempt[];
  /** Watches a child just started; its exit sets `ending` and calls `onEnd`. */
  add(attempt: Attempt, child: ChildProcess): LiveAttempt;
  /** Watches a process of an earlier engine, by looking. */
  adopt(attempt: Attempt, pid: number, birth: string): void;
  /** Notes an attempt that has already ended. */
  addEnded(attempt: Attempt, ending: Ending): void;
  /** Forgets one whose end is recorded. */
  remove(key: string): void;
  /** Asks the tree to end; after the grace time it is made to. Asking again does nothing. */
  kill(live: LiveAttempt): void;
  /** Ends what attempts left behind that are no longer watched. */
  sweep(): void;
  /** Stops watching; the processes go on. */
  stop(): void;
}

/** A process that is not a child is looked at this often: a person does not notice, and it costs one small read. */
const lookMs = 200;
/** Left-behind processes are looked for this long after an end, so that a burst of ends costs one look. */
const sweepDelayMs = 500;

/**
 * Creates the list.
 * @param store stores what an ended attempt leaves; undefined where it leaves nothing, else what went wrong
 * @param onEnd called whenever some `ending` was set
 */
export const createLiveAttempts = (
  settings: EngineSettings,
  store: (live: LiveAttempt) => Promise<string | undefined> | undefined,
  onEnd: () => void,
): LiveAttempts => {
  const lives = new Map<string, LiveAttempt>();
  const timers = new Set<NodeJS.Timeout>();
  const children = new Map<string, ChildProcess>();
  let looking: NodeJS.Timeout | undefined;
  let sweeping: NodeJS.Timeout | undefined;

  const later = (work: () => void, ms: number): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
    return timer;
  };

  const create = (attempt: Attempt, pid: number, birth: string, isMine: boolean): LiveAttempt => {
    const live: LiveAttempt = {
      key: keyOf(attempt),
      files: attemptFilesOf(settings.dataDir, attempt),
      marker: markerOfAttempt(settings, attempt),
      pid,
      birth,
      ending: undefined,
      isStoring: false,
      signalled: 'none',
      attempt,
      isMine,
    };
    lives.set(live.key, live);
    return live;
  };

  const sweep = (): void => {
    const watched = new Set([...lives.values()].filter((live) => !live.ending).map((live) => live.marker));
    for (const { pid, marker } of markedProcesses(settings.engineId)) {
      if (!watched.has(marker)) signalTo(pid, 'SIGKILL');
    }
  };
  const sweepSoon = (): void => {
    if (sweeping !== undefined) return;
    sweeping = later(() => {
      sweeping = undefined;
      sweep();
    }, sweepDelayMs);
  };

  const end = (live: LiveAttempt, ending: Ending): void => {
    if (live.ending !== undefined || live.isStoring) return;
    sweepSoon();
    const storing = ending.kind === 'exited' ? store(live) : undefined;
    if (storing === undefined) {
      live.ending = ending;
      onEnd();
      return;
    }
    live.isStoring = true;
    void storing.then((unstored) => {
      live.ending = ending.kind === 'exited' ? { ...ending, unstored } : ending;
      onEnd();
    });
  };

  /** A number may have been given to another process since; only the one born at that time is ours. */
  const isAlive = (live: LiveAttempt): boolean =>
    live.isMine ? live.ending === undefined : birthOf(live.pid) === live.birth;

  /**
   * A sandbox ends at once with its own process, which is in the group, and takes the command along; so there the
   * command's processes are asked one by one.
   */
  const askToEnd = (live: LiveAttempt): void => {
    if (settings.sandbox.mode !== 'bwrap') {
      signalGroup(live.pid, 'SIGTERM');
      return;
    }
    for (const { pid, marker } of markedProcesses(settings.engineId)) {
      if (marker === live.marker && pid !== live.pid && nameOf(pid) !== 'bwrap') signalTo(pid, 'SIGTERM');
    }
  };

  const look = (): void => {
    looking = undefined;
    for (const live of lives.values()) {
      if (live.isMine || live.isStoring || live.ending !== undefined) continue;
      if (exitCodeOf(live.files) !== undefined || !isAlive(live)) end(live, endingOf(live.files, undefined));
    }
    lookSoon();
  };
  const lookSoon = (): void => {
    const isNeeded = [...lives.values()].some((live) => !live.isMine && live.ending === undefined);
    if (isNeeded && looking === undefined) looking = later(look, lookMs);
  };

  return {
    get: (key) => lives.get(key),
    all: () => [...lives.values()],
    add: (attempt, child) => {
      const pid = child.pid ?? 0;
      const live = create(attempt, pid, pid === 0 ? '' : (birthOf(pid) ?? ''), true);
      children.set(live.key, child);
      child.once('error', (error) => {
        const fault = faultOf(error);
        end(
          live,
          fault.kind === 'defer' ? { kind: 'not-begun' } : { kind: 'unstartable', detail: fault.detail },
        );
      });
      child.once('exit', (_code, signal) => {
        // What the command left running in its group has lost its machine.
        signalGroup(pid, 'SIGKILL');
        end(live, endingOf(live.files, signal === null ? undefined : constants.signals[signal]));
      });
      return live;
    },
    adopt: (attempt, pid, birth) => {
      create(attempt, pid, birth, false);
      lookSoon();
    },
    addEnded: (attempt, ending) => {
      end(create(attempt, 0, '', false), ending);
    },
    remove: (key) => {
      lives.delete(key);
      children.delete(key);
    },
    kill: (live) => {
      if (live.signalled !== 'none' || live.isStoring || live.ending !== undefined) return;
      live.signalled = 'TERM';
      if (isAlive(live)) askToEnd(live);
      later(() => {
        if (live.isStoring || live.ending !== undefined || !isAlive(live)) return;
        live.signalled = 'KILL';
        signalGroup(live.pid, 'SIGKILL');
        // What left the group is found by its marker.
        for (const { pid, marker } of markedProcesses(settings.engineId)) {
          if (marker === live.marker) signalTo(pid, 'SIGKILL');
        }
      }, settings.killGraceMs);
    },
    sweep,
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      for (const child of children.values()) {
        child.removeAllListeners();
        child.unref();
      }
      children.clear();
      lives.clear();
    },
  };
};
