/** The processes the engine watches: its own children and those it found again after a restart. */
import type { Ending } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import type { Attempt } from '../store/attempts.ts';
import { attemptFilesOf } from '../store/instance-files.ts';
import { type Ahead, createAhead } from './ahead.ts';
import { endingOf, faultOfCode, keepLogs, markerOfAttempt } from './attempt-process.ts';
import { keyOf, type LiveAttempt, type LiveAttempts } from './live-attempt.ts';
import { findAttempt } from './processes/inspect-attempt.ts';
import { birthOf, markedProcesses, signalGroup, signalTo } from './processes/process-table.ts';
import { createSpawner, spawnerCommands } from './processes/spawner.ts';
import { readRunFile } from './processes/status-file.ts';
import { createKiller } from './processes/terminate-attempt.ts';
import { wrapperScript } from './processes/wrapper.ts';

/** A process that is not a child is looked at this often: a person does not notice, and it costs one small read. */
const lookMs = 200;
/** Longer than a command that does nothing takes, shorter than anybody notices. */
const tellMs = 5;
/** Left-behind processes are looked for this long after an end, so that a burst of ends costs one look. */
const sweepDelayMs = 500;

/**
 * Creates the list.
 * @param now milliseconds since 1970
 * @param store stores what an ended attempt leaves; undefined where it leaves nothing, else what went wrong
 * @param onChange called whenever one has begun or ended
 * @param onScarce called when the machine had no room for one
 */
export const createLiveAttempts = (
  settings: EngineSettings,
  now: () => number,
  store: (live: LiveAttempt) => Promise<string | undefined> | undefined,
  onChange: () => void,
  onScarce: () => void,
): LiveAttempts => {
  const lives = new Map<string, LiveAttempt>();
  const timers = new Set<NodeJS.Timeout>();
  /** Begun, and not yet told of. */
  let begun: LiveAttempt[] = [];
  const wanted = new Set<LiveAttempt>();
  let isHeld = false;
  let looking: NodeJS.Timeout | undefined;
  let sweeping: NodeJS.Timeout | undefined;
  let telling: NodeJS.Timeout | undefined;

  const later = (work: () => void, ms: number): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
    return timer;
  };

  const byMarker = (marker: string, work: (live: LiveAttempt) => void): void => {
    for (const live of lives.values()) if (live.marker === marker) work(live);
  };
  const spawner = createSpawner(
    spawnerCommands,
    ['/bin/sh', '-c', wrapperScript(settings.limits), 'batch'],
    settings.environment,
    {
      onBegun: (marker, pid) => byMarker(marker, (live) => hasBegunAs(live, pid)),
      onRefused: (marker, code, message) =>
        byMarker(marker, (live) => {
          begun = begun.filter((one) => one !== live);
          // A command can say so of itself; its wrapper had begun then.
          if (readRunFile(live.files)?.pid !== undefined) return end(live, endingOf(live.files, undefined));
          const { kind, detail } = faultOfCode(code, message);
          if (kind === 'defer') onScarce();
          end(live, kind === 'defer' ? { kind: 'not-begun' } : { kind: 'unstartable', detail });
        }),
      onEnded: (marker, code, isLeft) =>
        byMarker(marker, (live) => {
          live.isLeft = isLeft;
          const ending = endingOf(live.files, code);
          if (ending.kind === 'not-begun') onScarce();
          ahead.note(live.attempt.task, now() - live.since);
          // The place of one that failed may be kept, and what is being stored keeps its own: the loop knows.
          if (code !== 0 || live.signalled !== 'none' || isHeld) end(live, ending);
          else end(live, ending, () => (make(ahead.next()) && ahead.size() > 0 ? tellSoon() : onChange()));
        }),
      onGone: (mayCome) => {
        if (!mayCome) onScarce();
        for (const live of lives.values()) {
          if (live.isMine && !live.request && !live.isStoring && live.ending === undefined) findAgain(live);
        }
      },
    },
  );

  const ahead: Ahead<LiveAttempt> = createAhead(settings.slots, now, later, (live) =>
    end(live, { kind: 'not-begun' }),
  );
  const hasBegunAs = (live: LiveAttempt, pid: number): void => {
    live.pid = pid;
    begun.push(live);
    if (wanted.delete(live)) kill(live);
    tellSoon();
  };
  /** Has the process of one made that stood ready. @returns whether there was one */
  const make = (live: LiveAttempt | undefined): boolean => {
    if (live?.request === undefined) return false;
    const { request } = live;
    live.request = undefined;
    live.since = now();
    spawner.request({ ...request, key: live.marker });
    return true;
  };

  /** One of whose end the spawner can no longer tell. */
  const findAgain = (live: LiveAttempt): void => {
    const hasBegun = live.pid > 0;
    // It had been laid, so the command has taken it away.
    if (hasBegun && readRunFile(live.files) === undefined) {
      end(live, endingOf(live.files, undefined));
      return;
    }
    // As STARTING, since a process that has just been made may not be the wrapper yet; the run file knows.
    const begunAs = { pid: live.pid, pidBirth: live.birth || undefined };
    const found = findAttempt(settings, { ...live.attempt, ...(hasBegun && begunAs) });
    if (found.kind === 'ended') {
      end(live, found.ending);
      return;
    }
    live.isMine = false;
    if (hasBegun) live.birth = found.birth;
    else hasBegunAs(live, found.pid);
    lookSoon();
  };

  const find = (attempt: Attempt): 'adopted' | 'ended' | 'notBegun' | 'lost' => {
    const found = findAttempt(settings, attempt);
    if (found.kind === 'alive') {
      const isNew = attempt.state === 'STARTING';
      const live = create(attempt, found.pid, found.birth, false);
      if (isNew) begun.push(live);
      tellSoon();
      lookSoon();
      onChange();
      return 'adopted';
    }
    end(create(attempt, attempt.pid ?? 0, '', false), found.ending);
    return found.ending.kind === 'exited' ? 'ended' : found.ending.kind === 'lost' ? 'lost' : 'notBegun';
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
      request: undefined,
      since: now(),
      isLeft: false,
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
  /** The end of a short command, and of others, is told in a moment; then all is written down in one go. */
  const tellSoon = (): void => {
    if (telling !== undefined) return;
    telling = later(() => {
      telling = undefined;
      onChange();
    }, tellMs);
  };
  const sweepSoon = (): void => {
    if (sweeping !== undefined) return;
    sweeping = later(() => {
      sweeping = undefined;
      sweep();
    }, sweepDelayMs);
  };

  const end = (live: LiveAttempt, ending: Ending, tell: () => void = onChange): void => {
    if (live.ending !== undefined || live.isStoring) return;
    wanted.delete(live);
    sweepSoon();
    keepLogs(live.files);
    const storing = ending.kind === 'exited' ? store(live) : undefined;
    if (storing === undefined) {
      live.ending = ending;
      tell();
      return;
    }
    live.isStoring = true;
    void storing.then((unstored) => {
      live.ending = ending.kind === 'exited' ? { ...ending, unstored } : ending;
      onChange();
    });
  };

  /** A number may have been given to another process since; only the one born at that time is ours. */
  const isAlive = (live: LiveAttempt): boolean =>
    live.isMine ? live.ending === undefined : birthOf(live.pid) === live.birth;

  const killNow = createKiller(settings, isAlive, later);
  const kill = (live: LiveAttempt): void => {
    if (live.signalled !== 'none' || live.isStoring || live.ending !== undefined) return;
    if (ahead.remove(live)) end(live, { kind: 'not-begun' });
    // It is just being made.
    else if (live.pid === 0) wanted.add(live);
    else killNow(live);
  };

  const look = (): void => {
    looking = undefined;
    for (const live of lives.values()) {
      if (live.isMine || live.isStoring || live.ending !== undefined) continue;
      if (readRunFile(live.files)?.code === undefined && isAlive(live)) continue;
      // Its number is not given to another while something of its group is left.
      if ([undefined, live.birth].includes(birthOf(live.pid))) signalGroup(live.pid, 'SIGKILL');
      end(live, endingOf(live.files, undefined));
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
    warm: () => spawner.warm(),
    begin: (attempt, request) => {
      const live = create(attempt, 0, '', true);
      live.request = request;
      ahead.add(live);
    },
    hold: () => {
      isHeld = true;
    },
    admit: (places) => {
      isHeld = false;
      const isUnderWay = (live: LiveAttempt): boolean => live.ending === undefined && !live.request;
      let free = places - [...lives.values()].filter(isUnderWay).length;
      while (free > 0 && make(ahead.next())) free -= 1;
    },
    ahead,
    takeBegun: () => {
      const due = now() - tellMs;
      const isDue = (live: LiveAttempt): boolean => live.since <= due || live.ending !== undefined;
      const taken = begun.filter(isDue);
      begun = begun.filter((live) => !isDue(live));
      if (begun.length > 0) tellSoon();
      // Nobody asks when one began that has ended.
      for (const live of taken) if (live.ending === undefined) live.birth = birthOf(live.pid) ?? '';
      return taken;
    },
    find,
    addEnded: (attempt, ending) => {
      end(create(attempt, 0, '', false), ending);
    },
    remove: (key) => {
      lives.delete(key);
    },
    kill,
    sweep,
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      spawner.stop();
      lives.clear();
    },
  };
};
