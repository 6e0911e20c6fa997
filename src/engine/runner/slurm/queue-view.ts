/** What the engine can say of the queue of its cluster, on request: why instances wait, and when a task would start. */
import type { SlurmResources } from '../../settings.ts';
import type { Database } from '../../store/database.ts';
import { listSubmissions } from '../../store/slurm-submissions.ts';
import type { SlurmClient } from './client.ts';
import { listingArgsOf } from './commands.ts';
import { type Listing, parseListing } from './parse.ts';
import { waitReasonOf } from './reasons.ts';
import { type StartEstimate, startEstimateOf, testOnlyArgsOf } from './test-only.ts';

/** Instances of one task that wait for the same reason. */
export interface QueuedInstances {
  /** Key of the task in the store. */
  readonly task: number;
  readonly count: number;
  readonly reason: string;
  /** In plain words. */
  readonly meaning: string;
  /** Numbers of their jobs in Slurm. */
  readonly jobs: readonly number[];
}

export interface QueueView {
  /** @returns undefined if Slurm does not answer in time */
  waiting(tasks: ReadonlySet<number>): Promise<readonly QueuedInstances[] | undefined>;
  /** @param minutes the time limit in Slurm; undefined: the default of the partition */
  expectedStart(resources: SlurmResources, minutes: number | undefined): Promise<StartEstimate>;
}

export interface QueueViewOptions {
  readonly db: Database;
  readonly client: SlurmClient;
  readonly engineId: string;
  /** The numeric user of the jobs. */
  readonly uid: number;
  readonly monotonic: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A list is used again for so long: what administrators of clusters ask of programs that poll. */
const listMs = 5000;
/** Less than the time that a caller waits for an engine. */
const timeoutMs = 4000;

export const createQueueView = (options: QueueViewOptions): QueueView => {
  const { db, client, engineId, uid, monotonic, now } = options;
  let latest: { readonly since: number; readonly listing: Promise<Listing | undefined> } | undefined;
  const read = async (): Promise<Listing | undefined> => {
    const { code, stdout } = await client.run('squeue', listingArgsOf(engineId, uid), timeoutMs);
    if (code === 0) return parseListing(stdout);
    // The next caller asks again.
    latest = undefined;
    return undefined;
  };
  const list = (): Promise<Listing | undefined> => {
    if (latest === undefined || monotonic() - latest.since >= listMs)
      latest = { since: monotonic(), listing: read() };
    return latest.listing;
  };
  return {
    waiting: async (tasks) => {
      const listing = await list();
      return listing && groupsOf(db, listing, tasks);
    },
    expectedStart: async (resources, minutes) => {
      const { stderr } = await client.run('sbatch', testOnlyArgsOf(resources, minutes), timeoutMs);
      return startEstimateOf(stderr, now());
    },
  };
};

const groupsOf = (db: Database, listing: Listing, tasks: ReadonlySet<number>): readonly QueuedInstances[] => {
  const groups = new Map<string, { task: number; count: number; text: string; jobs: Set<number> }>();
  for (const { token, elements } of listSubmissions(db)) {
    for (const [number, { state, reason, job }] of listing.elements.get(token) ?? []) {
      const task = elements[number]?.task;
      if (state !== 'PENDING' || task === undefined || !tasks.has(task)) continue;
      const key = `${task} ${waitReasonOf(reason).code}`;
      const group = groups.get(key) ?? { task, count: 0, text: reason, jobs: new Set() };
      group.count += 1;
      group.jobs.add(job);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ task, count, text, jobs }) => {
    const { code, meaning } = waitReasonOf(text);
    return { task, count, reason: code, meaning, jobs: [...jobs] };
  });
};
