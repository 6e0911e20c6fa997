/** What the loop sees before it decides: the store's rows, and what is known of the processes. */
import type { ActiveInstance, View } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import { type Attempt, activeAttempts } from '../store/attempts.ts';
import { freeNodesOf } from '../store/compute-nodes.ts';
import type { Database } from '../store/database.ts';
import type { Pending } from '../store/pending.ts';
import { envsWaitedFor, jobsToReview, readyTasks } from '../store/tasks.ts';
import type { LiveAttempts } from './live-attempt.ts';
import { keyOf, type LiveAttempt } from './live-attempt.ts';

/** Jobs looked at in one turn. */
const reviewJobs = 50;

/** A view, and what is needed to carry out what is decided from it. */
export interface Sight extends View {
  readonly active: readonly (Attempt & ActiveInstance)[];
  /** The machines of the free nodes, by node. */
  readonly machines: ReadonlyMap<string, string>;
}

/** An attempt whose process has begun. */
export type Begun = Pick<LiveAttempt, 'attempt' | 'pid' | 'birth'>;

/** What is remembered between turns, so that a turn in which one instance ends does not read them all again. */
export interface Sights {
  /**
   * Everything `decide` needs to know now.
   * @param pending as asked at the beginning of the turn
   * @param begun whose processes have begun since the last look; those that have also ended stay STARTING here, since
   *   they are written down once, as ended. What else is known of them, such as a wish to end them, stays.
   */
  look(now: number, pending: Pending, maySpawn: boolean, begun: readonly Begun[]): Sight;
  /** The loop has given an instance a place, or taken its place away. */
  note(attempt: Attempt): void;
  drop(attempt: Attempt): void;
  /** Somebody else may have changed instances: the next look reads them all. */
  forget(): void;
}

/** Creates it; nothing is known at first. */
export const createSights = (db: Database, settings: EngineSettings, lives: LiveAttempts): Sights => {
  let known: Map<string, Attempt> | undefined;
  const soldOut = Object.keys(settings.zoneConditions).filter(
    (zone) => settings.zoneConditions[zone] === 'sold-out',
  );

  const readyNow = (places: number, envs: boolean): Pick<Sight, 'ready' | 'machines'> => {
    const waited = (envs ? envsWaitedFor(db) : []).map(({ region, envId }) => ({
      name: `${region}/${envId}`,
      nodes: freeNodesOf(db, region, envId),
    }));
    const freeNodes = new Map(waited.map(({ name, nodes }) => [name, nodes.map(({ nodeId }) => nodeId)]));
    const full = waited.filter(({ nodes }) => nodes.length === 0).map(({ name }) => name);
    const ready = readyTasks(db, full, soldOut, places).map((task) => ({
      task: task.id,
      runnable: task.runnable,
      active: task.active,
      mayStandReady: lives.ahead.isFor(task.id),
      maxConcurrent: task.maxConcurrent,
      freeNodes: task.envId === undefined ? undefined : (freeNodes.get(`${task.region}/${task.envId}`) ?? []),
    }));
    const machines = new Map(
      waited.flatMap(({ nodes }) => nodes.map(({ nodeId, instanceId }) => [nodeId, instanceId] as const)),
    );
    return { ready, machines };
  };

  return {
    look: (now, { review, start, envs, held }, maySpawn, begun) => {
      known ??= new Map(activeAttempts(db).map((attempt) => [keyOf(attempt), attempt]));
      for (const { attempt, pid, birth } of begun) {
        const key = keyOf(attempt);
        const before = known.get(key);
        if (before === undefined) continue;
        const state = lives.get(key)?.ending === undefined ? 'RUNNING' : 'STARTING';
        known.set(key, { ...before, state, runningTime: now, pid, pidBirth: birth });
      }
      const active = [...known].map(([key, attempt]) => ({ ...attempt, ending: lives.get(key)?.ending }));
      const ended = active.filter(({ ending }) => ending !== undefined);
      const ahead = lives.ahead.most();
      const hasRoom = settings.slots + ahead - held - active.length + ended.length > 0;
      const { ready, machines } =
        start && hasRoom && maySpawn
          ? readyNow(settings.slots + ahead, envs)
          : { ready: [], machines: new Map() };
      const jobs = review ? jobsToReview(db, reviewJobs) : [];
      return { now, slots: settings.slots, ahead, held, maySpawn, jobs, ready, active, machines };
    },
    note: (attempt) => known?.set(keyOf(attempt), attempt),
    drop: (attempt) => known?.delete(keyOf(attempt)),
    forget: () => {
      known = undefined;
    },
  };
};
