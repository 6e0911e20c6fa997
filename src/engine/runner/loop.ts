/** The engine's heart: look at what is stored, decide, act, record, until there is nothing left to decide. */
import type { Log } from '../../shared/log.ts';
import { type ActiveInstance, type Decision, deadlineOf, decide, timedOut } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import {
  type Attempt,
  markEnded,
  markRunning,
  markStarting,
  nextRunnable,
  requestKill,
} from '../store/attempts.ts';
import { occupyNode, releaseNode } from '../store/compute-nodes.ts';
import { type Database, transaction } from '../store/database.ts';
import { expandJob, moveSlice } from '../store/instances.ts';
import { type Pending, pendingIn } from '../store/pending.ts';
import { closeTask, markReviewed, openTask, restartsNode } from '../store/tasks.ts';
import { createAlarm } from './alarm.ts';
import { clearAttempt } from './attempt-process.ts';
import { keyOf, type LiveAttempt } from './live-attempt.ts';
import { createLiveAttempts } from './live-attempts.ts';
import { recover } from './recovery.ts';
import { createSights, type Sight } from './scheduler-snapshot.ts';
import { createStarts } from './starts.ts';
import { startWatch } from './watch.ts';
import { hasResults, storeResults } from './workspace/store-results.ts';
import { createLaunches } from './workspace/task-launch.ts';
import { createWorkDirectories } from './workspace/work-directories.ts';

export interface LoopOptions {
  readonly db: Database;
  readonly settings: EngineSettings;
  readonly now: () => number;
  readonly newId: (prefix: 'ins') => string;
  readonly log: Log;
  /**
   * Moves compute environments on.
   * @returns whether another turn would move something
   */
  readonly advance: () => boolean;
}

export interface Loop {
  /** Something may have changed. Returns at once; the turn comes after the caller. */
  wake(): void;
  /** Stops deciding. What runs goes on running and is found again by the next engine. */
  stop(): void;
}

/** Rows moved in one transaction: some 40 ms, which a caller of the API can wait. */
const sliceRows = 5000;
/** How long nothing is started after the machine had no room for a process, or the disk none for a row. */
const pauseMs = 1000;

/** Starts the loop; attempts of an earlier engine are found again first. */
export const startLoop = (options: LoopOptions): Loop => {
  const { db, settings, now, log } = options;
  let stopped = false;
  let scheduled: NodeJS.Immediate | undefined;
  let pausedUntil = 0;
  const launchOf = createLaunches(db, settings);

  /** The loop's own reasons for a turn: a process has ended, a time has come. */
  const wake = (): void => {
    if (!stopped) scheduled ??= setImmediate(turn);
  };
  const alarm = createAlarm(now, wake);
  const store = ({ attempt, files }: LiveAttempt): Promise<string | undefined> | undefined => {
    const launch = launchOf(attempt.task);
    if (!hasResults(launch)) return undefined;
    return storeResults(settings, launch, files, attempt.idx).then(({ fault }) => fault);
  };
  const pause = (): void => {
    pausedUntil = now() + pauseMs;
    alarm.at(pausedUntil);
  };
  const lives = createLiveAttempts(settings, now, store, wake, pause);
  const watch = startWatch(db, settings, now, lives);
  const sights = createSights(db, settings, lives);
  const works = createWorkDirectories(settings.slots);
  const start = createStarts(db, settings, launchOf, lives, {
    wake,
    pause,
    failTurn: (error) => failTurn(error),
    isStopped: () => stopped,
  });
  /** What the last turn has found for the next; undefined where somebody may have changed it since. */
  let asked: Pending | undefined;
  /** Begun and not yet recorded; they outlast a turn that failed. */
  const begun: LiveAttempt[] = [];

  const turn = (): void => {
    scheduled = undefined;
    try {
      if (act()) wake();
    } catch (error) {
      failTurn(error);
    }
  };

  /** Most likely a full disk. Nothing is lost: what was not recorded is decided again. */
  const failTurn = (error: unknown): void => {
    lives.hold();
    sights.forget();
    asked = undefined;
    log.error(`a turn of the engine failed and is made again in ${pauseMs / 1000} s: ${String(error)}`);
    pause();
  };

  const act = (): boolean => {
    const time = now();
    const pending = asked ?? pendingIn(db);
    asked = undefined;
    if (pending.layOut) lives.warm();
    const laidOut = pending.layOut ? expandJob(db, sliceRows, time) : 0;
    const moved = laidOut + (pending.move ? moveSlice(db, sliceRows, time) : 0);
    const advanced = pending.advance && options.advance();
    if (advanced) sights.forget();
    begun.push(...lives.takeBegun());
    const view = sights.look(time, pending, time >= pausedUntil, begun);
    const decisions = decide(view);
    const starting =
      decisions.length + begun.length === 0
        ? []
        : transaction(db, () => {
            for (const live of begun) recordBegun(live, time);
            return decisions.flatMap((decision) => record(decision, view, time));
          });
    begun.length = 0;
    const ended = decisions.flatMap(takeEnded);
    for (const attempt of view.active) killIfAsked(attempt);
    start(starting);
    const kept = decisions.filter(keepsScene).length;
    lives.admit(settings.slots - pending.held - kept);
    // What has ended is cleared away while what has just begun runs.
    for (const live of ended) clearEnded(live);
    watch.look();
    if (pausedUntil > time) alarm.at(pausedUntil);
    for (const instance of view.active) {
      const due = deadlineOf(instance);
      if (due !== undefined && instance.killReason === undefined) alarm.at(due);
    }
    return moved > 0 || advanced || leadToMore(decisions, starting.length) || hasMore(decisions);
  };

  /** The end of an attempt may be the end of its task, for which others wait, or which somebody wants to be told. */
  const hasMore = (decisions: readonly Decision[]): boolean => {
    if (!decisions.some((decision) => decision.do === 'end')) return false;
    asked = pendingIn(db);
    return asked.review || asked.advance;
  };

  /** Writes one decision down. @returns the attempts that are to be started once this is on the disk */
  const record = (decision: Decision, view: Sight, time: number): readonly Attempt[] => {
    switch (decision.do) {
      case 'release':
        openTask(db, decision.task);
        return [];
      case 'close':
        closeTask(db, decision.task, decision.reason);
        return [];
      case 'reviewed':
        markReviewed(db, decision.job);
        return [];
      case 'kill':
        requestKill(db, decision.instance.task, decision.instance.idx, decision.reason, time);
        sights.forget();
        return [];
      case 'end': {
        const attempt = decision.instance as Attempt & ActiveInstance;
        if (!keepsScene(decision) && attempt.node !== undefined)
          releaseNode(db, attempt.node, isRestarted(attempt));
        markEnded(db, attempt, decision.outcome, time);
        sights.drop(attempt);
        return [];
      }
      case 'start':
        return nextRunnable(db, decision.task, decision.count).map((idx, at) => {
          const node = decision.nodes[at];
          if (node !== undefined) occupyNode(db, node, keyOf({ task: decision.task, idx }));
          const machine = view.machines.get(node ?? '') ?? options.newId('ins');
          const attempt = markStarting(
            db,
            decision.task,
            idx,
            machine,
            node,
            works.take(decision.task),
            time,
          );
          sights.note(attempt);
          return attempt;
        });
      default:
        return decision satisfies never;
    }
  };

  /** The service starts a node again where the task asks for it, and after an instance was terminated on it. */
  const isRestarted = ({ task, killReason }: Attempt & ActiveInstance): boolean =>
    restartsNode(db, task) || (killReason !== undefined && killReason !== timedOut);

  /** Watches an ended attempt no longer. @returns it, if nothing of it is to be kept */
  const takeEnded = (decision: Decision): readonly LiveAttempt[] => {
    if (decision.do !== 'end') return [];
    const live = lives.get(keyOf(decision.instance));
    lives.remove(keyOf(decision.instance));
    return live === undefined || keepsScene(decision) ? [] : [live];
  };

  const clearEnded = ({ attempt, files, isLeft }: LiveAttempt): void => {
    clearAttempt(settings, files);
    works.give(attempt.task, files, isLeft);
  };

  const killIfAsked = (instance: ActiveInstance): void => {
    const live = lives.get(keyOf(instance));
    if (instance.killReason !== undefined && live !== undefined) lives.kill(live);
  };

  /** From now on its time runs. What has ended meanwhile is written down as ended. */
  const recordBegun = ({ attempt, pid, birth, ending }: LiveAttempt, time: number): void => {
    if (ending === undefined) markRunning(db, attempt, pid, birth, time);
  };

  const found = recover(db, lives);
  if (Object.values(found).some((number) => number > 0)) {
    log.info(`found again: ${JSON.stringify(found)}`);
  }
  wake();
  return {
    wake: () => {
      lives.hold();
      sights.forget();
      asked = undefined;
      wake();
    },
    stop: () => {
      stopped = true;
      if (scheduled !== undefined) clearImmediate(scheduled);
      alarm.stop();
      watch.stop();
      lives.stop();
    },
  };
};

/**
 * Whether what was decided can lead to more by itself. Where every ended attempt was replaced by another at once it
 * does not; that is the usual turn of a long queue, and it saves every second look.
 */
const leadToMore = (decisions: readonly Decision[], started: number): boolean =>
  decisions.some(
    (decision) => decision.do !== 'start' && (decision.do !== 'end' || decision.outcome.to === 'RUNNABLE'),
  ) || decisions.filter((decision) => decision.do === 'end').length > started;

/** Whether the place of an ended attempt stays taken. */
const keepsScene = (decision: Decision): boolean =>
  decision.do === 'end' && decision.outcome.to === 'FAILED_INTERRUPTED';
