/** Records the decisions of a turn in the store. */
import { type Decision, nodeTerminated, timedOut } from '../model/scheduler.ts';
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
import type { Database } from '../store/database.ts';
import { restartsNode, settleTask } from '../store/tasks.ts';
import type { Transitions } from '../store/transitions.ts';
import { type AttemptState, startOf } from './attempt-state.ts';
import { type AttemptKey, keyOf } from './backend.ts';
import type { ActiveAttempt, SchedulerSnapshot } from './snapshot.ts';

export interface RecordContext {
  readonly db: Database;
  readonly settings: Pick<EngineSettings, 'backend'>;
  readonly newId: (prefix: 'ins') => string;
  readonly snapshot: SchedulerSnapshot;
  readonly states: ReadonlyMap<AttemptKey, AttemptState>;
  readonly transitions: Transitions;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Records one decision. @returns the attempts to start once the transaction is committed */
export const recordDecision = (
  decision: Decision<ActiveAttempt>,
  context: RecordContext,
): readonly Attempt[] => {
  const { db, now } = context;
  switch (decision.do) {
    case 'settle':
      settleTask(db, decision.task, decision.effect, decision.reason);
      return [];
    case 'stop':
      requestKill(db, decision.instance.task, decision.instance.index, decision.reason, now);
      return [];
    case 'end':
      recordEnd(decision, context);
      return [];
    case 'start':
      return recordStarts(decision, context);
    default:
      return decision satisfies never;
  }
};

const retainedOnCluster = '; its workspace is retained on the shared file system, its allocation is not';

const recordEnd = (
  { instance, outcome }: Extract<Decision<ActiveAttempt>, { do: 'end' }>,
  { db, settings, states, now, transitions }: RecordContext,
): void => {
  if (outcome.to !== 'FAILED_INTERRUPTED' && instance.node !== undefined)
    releaseNode(db, instance.node, isNodeRestarted(db, instance));
  const state = states.get(keyOf(instance));
  // On a cluster, no node is reserved for a workspace in which nothing runs.
  const isWithoutNode = outcome.to === 'FAILED_INTERRUPTED' && settings.backend === 'slurm';
  const detail = isWithoutNode ? `${outcome.detail}${retainedOnCluster}` : outcome.detail;
  markEnded(db, instance, { ...outcome, detail }, state && startOf(state)?.time, now, transitions);
};

/** The service restarts a node if the task asks for it, and after an instance was terminated on it. */
const isNodeRestarted = (db: Database, { task, killReason }: ActiveAttempt): boolean =>
  restartsNode(db, task) || ![undefined, timedOut, nodeTerminated].includes(killReason);

const recordStarts = (
  { task, count, nodes }: Extract<Decision, { do: 'start' }>,
  { db, newId, snapshot, now, transitions }: RecordContext,
): readonly Attempt[] =>
  nextRunnable(db, task, count).map((index, at) => {
    const node = nodes[at];
    if (node !== undefined) occupyNode(db, node, keyOf({ task, index }));
    const machine = snapshot.machines.get(node ?? '') ?? newId('ins');
    return markStarting(db, task, index, machine, node, now, transitions);
  });

/**
 * Records which attempts have begun, except those that end in the same turn.
 * @param isDue whether a start is old enough to be recorded
 */
export const recordStarted = (context: RecordContext, isDue: (clock: number) => boolean): void => {
  for (const attempt of context.snapshot.active) {
    const state = context.states.get(keyOf(attempt));
    const start = state && startOf(state);
    if (attempt.state !== 'STARTING' || attempt.ending !== undefined || start === undefined) continue;
    if (isDue(start.clock))
      markRunning(context.db, attempt, start.backendId, start.time, context.transitions);
  }
};
