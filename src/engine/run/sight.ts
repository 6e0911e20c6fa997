/** What the loop sees before it decides: the store's rows, and what is known of the processes. */
import type { ActiveInstance, View } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import { type Attempt, activeAttempts, heldPlaces } from '../store/attempts.ts';
import { freeNodesOf } from '../store/compute-nodes.ts';
import type { Database } from '../store/database.ts';
import { envsWaitedFor, jobsToReview, readyTasks } from '../store/tasks.ts';
import { keyOf, type LiveAttempts } from './live-attempts.ts';

/** Jobs looked at in one turn. */
const reviewJobs = 50;

/** A view, and what is needed to carry out what is decided from it. */
export interface Sight extends View {
  readonly active: readonly (Attempt & ActiveInstance)[];
  /** The machines of the free nodes, by node. */
  readonly machines: ReadonlyMap<string, string>;
}

/** Everything `decide` needs to know, from the store and from what is known of the processes. */
export const sightOf = (
  db: Database,
  settings: EngineSettings,
  lives: LiveAttempts,
  now: number,
  maySpawn: boolean,
): Sight => {
  const active = activeAttempts(db).map((attempt) => ({
    ...attempt,
    ending: lives.get(keyOf(attempt))?.ending,
  }));
  const waited = envsWaitedFor(db).map(({ region, envId }) => ({
    name: `${region}/${envId}`,
    nodes: freeNodesOf(db, region, envId),
  }));
  const freeNodes = new Map(waited.map(({ name, nodes }) => [name, nodes.map(({ nodeId }) => nodeId)]));
  const machines = new Map(
    waited.flatMap(({ nodes }) => nodes.map(({ nodeId, instanceId }) => [nodeId, instanceId] as const)),
  );
  const full = waited.filter(({ nodes }) => nodes.length === 0).map(({ name }) => name);
  const soldOut = Object.keys(settings.zoneConditions).filter(
    (zone) => settings.zoneConditions[zone] === 'sold-out',
  );
  const ready = readyTasks(db, full, soldOut, settings.slots).map((task) => ({
    task: task.id,
    runnable: task.runnable,
    active: task.active,
    maxConcurrent: task.maxConcurrent,
    freeNodes: task.envId === undefined ? undefined : (freeNodes.get(`${task.region}/${task.envId}`) ?? []),
  }));
  const held = heldPlaces(db);
  const jobs = jobsToReview(db, reviewJobs);
  return { now, slots: settings.slots, held, maySpawn, jobs, ready, active, machines };
};
