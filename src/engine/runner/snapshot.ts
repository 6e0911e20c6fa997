/** Reads what a turn of the loop decides on: the store, and what is known of the attempts. */
import { type ActiveInstance, nodeTerminated, type Snapshot } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import { type Attempt, activeAttempts } from '../store/attempts.ts';
import { freeNodesOf, nodesOf } from '../store/compute-nodes.ts';
import type { Database } from '../store/database.ts';
import type { Pending } from '../store/pending.ts';
import { endedTasks, envsWaitedFor, readyTasks } from '../store/tasks.ts';
import { type AttemptState, startOf, stopReasonOf } from './attempt-state.ts';
import { type AttemptKey, keyOf } from './backend.ts';

/** Ended tasks that one turn settles; the rest follow in the next. */
const settledPerTurn = 100;

/** What the loop sees of an active instance: its row, and the end of its attempt. */
export type ActiveAttempt = Attempt & ActiveInstance;

export interface SchedulerSnapshot extends Snapshot<ActiveAttempt> {
  /** The machines of the free nodes, by node. */
  readonly machines: ReadonlyMap<string, string>;
}

/**
 * Reads the snapshot, at the beginning of a turn.
 * @param states the attempts that the loop knows
 * @param clock milliseconds of the monotonic clock
 */
export const readSnapshot = (
  db: Database,
  settings: EngineSettings,
  pending: Pending,
  states: ReadonlyMap<AttemptKey, AttemptState>,
  clock: number,
  mayStart: boolean,
): SchedulerSnapshot => {
  const active = activeAttempts(db).map((attempt) => withState(db, attempt, states.get(keyOf(attempt))));
  const ended = active.filter(({ ending }) => ending !== undefined).length;
  const hasRoom = settings.slots - pending.retained - active.length + ended > 0;
  const { ready, machines } =
    pending.start && hasRoom && mayStart
      ? readReady(db, settings, pending.envs)
      : { ready: [], machines: new Map<string, string>() };
  return {
    clock,
    slots: settings.slots,
    retained: pending.retained,
    mayStart,
    ended: pending.settle ? endedTasks(db, settledPerTurn) : [],
    ready,
    active,
    machines,
  };
};

const withState = (db: Database, attempt: Attempt, state: AttemptState | undefined): ActiveAttempt => {
  const start = state && startOf(state);
  return {
    ...attempt,
    // A stop that could not be recorded, because the disk is full, is a stop all the same.
    killReason: attempt.killReason ?? (state && stopReasonOf(state)),
    hasOtherNode: attempt.killReason === nodeTerminated && hasOtherNode(db, attempt),
    deadline: start && start.clock + attempt.timeoutMs,
    ending: state?.phase === 'exited' ? state.ending : undefined,
  };
};

const hasOtherNode = (db: Database, { envId = '', node }: Attempt): boolean =>
  nodesOf(db, envId).some(({ nodeId, state }) => nodeId !== node && state !== 'DELETING');

const readReady = (
  db: Database,
  settings: EngineSettings,
  hasEnvs: boolean,
): Pick<SchedulerSnapshot, 'ready' | 'machines'> => {
  const waited = (hasEnvs ? envsWaitedFor(db) : []).map(({ region, envId }) => ({
    name: `${region}/${envId}`,
    nodes: freeNodesOf(db, region, envId),
  }));
  const freeNodes = new Map(waited.map(({ name, nodes }) => [name, nodes.map(({ nodeId }) => nodeId)]));
  const full = waited.filter(({ nodes }) => nodes.length === 0).map(({ name }) => name);
  const soldOut = Object.entries(settings.zoneConditions).flatMap(([zone, condition]) =>
    condition === 'sold-out' ? [zone] : [],
  );
  const ready = readyTasks(db, full, soldOut, settings.slots).map((task) => ({
    task: task.id,
    runnable: task.runnable,
    active: task.active,
    maxConcurrent: task.maxConcurrent,
    freeNodes: task.envId === undefined ? undefined : (freeNodes.get(`${task.region}/${task.envId}`) ?? []),
  }));
  const machines = new Map(
    waited.flatMap(({ nodes }) => nodes.map(({ nodeId, instanceId }) => [nodeId, instanceId] as const)),
  );
  return { ready, machines };
};
