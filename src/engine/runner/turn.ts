/** One turn of the loop: observe, decide, stop, record, release, start. */
import type { Log } from '../../shared/log.ts';
import { type Decision, decide } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import type { Attempt } from '../store/attempts.ts';
import { type Database, transaction } from '../store/database.ts';
import { expandJob, moveSlice } from '../store/instances.ts';
import { type Pending, pendingIn } from '../store/pending.ts';
import { endBackoff } from '../store/tasks.ts';
import { createTransitions } from '../store/transitions.ts';
import type { Alarm } from './alarm.ts';
import { type AttemptState, afterReport, afterStop } from './attempt-state.ts';
import { type AttemptKey, type Backend, keyOf } from './backend.ts';
import { isDiskFull } from './disk-space.ts';
import { recordDecision, recordStarted } from './record.ts';
import { type ActiveAttempt, readSnapshot, type SchedulerSnapshot } from './snapshot.ts';

export interface LoopOptions {
  readonly db: Database;
  readonly settings: EngineSettings;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that only goes forward. */
  readonly monotonic: () => number;
  readonly newId: (prefix: 'ins') => string;
  readonly log: Log;
  /** Creates the backend. @param wake to be called when it has a report */
  readonly createBackend: (wake: () => void) => Backend;
  /**
   * Advances compute environments.
   * @returns whether another turn would advance something
   */
  readonly advance: () => boolean;
}

export interface TurnContext extends LoopOptions {
  /** The attempts that the loop knows. */
  readonly states: Map<AttemptKey, AttemptState>;
  readonly backend: Backend;
  readonly alarm: Alarm;
  /** Whether nothing is to be started for a while. */
  readonly isPaused: () => boolean;
  readonly pause: () => void;
}

/** Rows moved in one transaction: some 40 ms, which a caller of the API can wait. */
const sliceRows = 5000;
/** A start is recorded after this time: a command that does nothing has ended by then, and both are recorded at once. */
const recordDelayMs = 5;
/** The longest back-off; a later time in the store comes from a clock that was set back. */
const maxBackoffMs = 10_000;

/**
 * Takes one turn.
 * @returns whether another one may find something to do
 * @throws what the store throws, on a full disk for instance; what was not recorded is decided again
 */
export const takeTurn = (context: TurnContext): boolean => {
  const { db, settings, states } = context;
  const clock = context.monotonic();
  observe(context, clock);
  const pending = pendingIn(db);
  const snapshot = readSnapshot(db, settings, pending, states, clock, checkDiskBeforeStart(context, pending));
  const decisions = decide(snapshot);
  // Before anything is written: on a full disk, stopping is what makes room. A stop is recorded the first time only.
  const unrecordedDecisions = decisions.filter(
    (decision) => decision.do !== 'stop' || stop(context, decision),
  );
  const recorded = recordOrMakeRoom(context, unrecordedDecisions, snapshot);
  for (const decision of decisions) if (decision.do === 'end') release(context, decision);
  start(context, recorded.starting);
  setAlarms(context, snapshot);
  const hasMoved = moveRows(context, pending);
  const hasAdvanced = pending.advance && context.advance();
  const hasEndedBackoff = awaitBackoff(context, pending);
  return hasMoved || hasAdvanced || hasEndedBackoff || leadToMore(decisions, recorded);
};

/** Whether the next turn may find something to do: a start or a stop allows nothing, the end of an attempt may. */
const leadToMore = (decisions: readonly Decision[], { starting, hasMore }: Recorded): boolean => {
  const ended = decisions.filter((decision) => decision.do === 'end').length;
  // Usually each end has been followed by a start in the same turn, and nothing else is left to do.
  return hasMore || ended > starting.length || decisions.some(hasConsequence);
};

/** Whether a decision opens or closes tasks, delays one, or changes a node. */
const hasConsequence = (decision: Decision): boolean =>
  decision.do === 'settle' ||
  (decision.do === 'end' && (decision.outcome.backoffMs > 0 || decision.instance.hasEnv));

/** What a turn has recorded. */
interface Recorded {
  /** The attempts to start. */
  readonly starting: readonly Attempt[];
  /** Whether a task has ended, or there are messages to write. */
  readonly hasMore: boolean;
}

/** Applies the reports of the backend. */
const observe = ({ backend, states, now }: TurnContext, clock: number): void => {
  for (const report of backend.observe()) {
    const before = states.get(report.key);
    if (before === undefined) continue;
    const after = afterReport(before, report, { time: now(), clock });
    states.set(report.key, after);
    if (after.phase === 'collecting' && before.phase !== 'collecting') backend.collect(report.key);
  }
};

/** @returns whether anything may be started; not for a while after the disk was found full */
const checkDiskBeforeStart = (
  { db, settings, log, isPaused, pause }: TurnContext,
  pending: Pending,
): boolean => {
  if (isPaused() || !pending.start) return false;
  // Without the reserve, the end of what is started now could not be recorded on a full disk.
  const isFull = (): boolean => isDiskFull(settings.dataDir);
  if (!isFull() && (db.reserve === undefined || db.reserve.restore(isFull))) return true;
  log.warn('the disk of the data directory is full; nothing is started until there is room');
  pause();
  return false;
};

/** @returns whether the stop is new */
const stop = (
  { states, backend }: TurnContext,
  { instance, reason }: Extract<Decision<ActiveAttempt>, { do: 'stop' }>,
): boolean => {
  const key = keyOf(instance);
  const before = states.get(key);
  const after = before && afterStop(before, reason);
  if (after === undefined || after === before) return false;
  states.set(key, after);
  backend.stop(key);
  return true;
};

/** Records the decisions in one transaction. */
const record = (
  { db, settings, newId, states, now }: TurnContext,
  decisions: readonly Decision<ActiveAttempt>[],
  snapshot: SchedulerSnapshot,
): Recorded => {
  const isDue = (startClock: number): boolean => startClock <= snapshot.clock - recordDelayMs;
  const hasStarted = snapshot.active.some(
    ({ state, deadline, timeoutMs, ending }) =>
      state === 'STARTING' && ending === undefined && deadline !== undefined && isDue(deadline - timeoutMs),
  );
  if (decisions.length === 0 && !hasStarted) return { starting: [], hasMore: false };
  const time = now();
  // The end of an attempt frees the space that it used, so it may use the reserve.
  const reserve = decisions.some((decision) => decision.do === 'end' || decision.do === 'stop');
  return transaction(
    db,
    () => {
      const transitions = createTransitions(db);
      const recording = { db, settings, newId, snapshot, states, transitions, now: time };
      recordStarted(recording, isDue);
      const starting = decisions.flatMap((decision) => recordDecision(decision, recording));
      return { starting, hasMore: transitions.count(time) };
    },
    { reserve },
  );
};

/** If nothing can be recorded, the workspaces of ended attempts are deleted first; they are what filled the disk. */
const recordOrMakeRoom = (
  context: TurnContext,
  decisions: readonly Decision<ActiveAttempt>[],
  snapshot: SchedulerSnapshot,
): Recorded => {
  try {
    return record(context, decisions, snapshot);
  } catch (error) {
    for (const decision of decisions) {
      if (decision.do === 'end' && decision.outcome.to !== 'FAILED_INTERRUPTED')
        context.backend.makeRoom(keyOf(decision.instance));
    }
    throw error;
  }
};

const release = (
  { states, backend }: TurnContext,
  { instance, outcome }: Extract<Decision<ActiveAttempt>, { do: 'end' }>,
): void => {
  const key = keyOf(instance);
  states.delete(key);
  backend.release(key, outcome.to === 'FAILED_INTERRUPTED');
};

const start = ({ states, backend }: TurnContext, attempts: readonly Attempt[]): void => {
  for (const attempt of attempts) {
    states.set(keyOf(attempt), { phase: 'starting' });
    backend.start(attempt);
  }
};

const setAlarms = ({ alarm }: TurnContext, { active, clock }: SchedulerSnapshot): void => {
  for (const { deadline, timeoutMs, killReason, state, ending } of active) {
    if (deadline === undefined || ending !== undefined) continue;
    if (killReason === undefined) alarm.at(deadline);
    if (state === 'STARTING') alarm.at(Math.max(clock + 1, deadline - timeoutMs + recordDelayMs));
  }
};

/** Expands jobs and moves waiting instances, one slice at a time. @returns whether there may be more */
const moveRows = ({ db, now }: TurnContext, pending: Pending): boolean => {
  const expanded = pending.expand ? expandJob(db, sliceRows, now()) : 0;
  const moved = pending.move ? moveSlice(db, sliceRows, now()) : 0;
  return expanded + moved > 0;
};

/** Waits for the first task that backs off. @returns whether its time has come */
const awaitBackoff = ({ db, alarm, now, monotonic }: TurnContext, { backoffUntil }: Pending): boolean => {
  if (backoffUntil === null) return false;
  const delay = backoffUntil - now();
  if (delay > 0 && delay <= maxBackoffMs) {
    alarm.at(monotonic() + delay);
    return false;
  }
  endBackoff(db, now(), maxBackoffMs);
  return true;
};
