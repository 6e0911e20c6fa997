/** What the processes of an attempt have used, as far as they were measured. */
import type { Database } from './database.ts';

export interface UsageRecord {
  /** When it was last measured, in milliseconds since 1970. */
  readonly time: number;
  /** CPU time from the start of the command to that moment. */
  readonly cpuSeconds: number;
  /** The most memory in bytes. */
  readonly peakMemory: number;
}

/** Records a measurement. Neither figure becomes smaller, because processes that have ended are not measured again. */
export const recordUsage = (
  db: Database,
  task: number,
  index: number,
  attempt: number,
  { time, cpuSeconds, peakMemory }: UsageRecord,
): void => {
  db.run(
    `INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET time = excluded.time,
       cpu_seconds = max(cpu_seconds, excluded.cpu_seconds), peak_memory = max(peak_memory, excluded.peak_memory)`,
    task,
    index,
    attempt,
    time,
    cpuSeconds,
    peakMemory,
  );
};

/** What the attempts of an instance have used, by their numbers; those that were not measured are missing. */
export const usageOfAttempts = (
  db: Database,
  task: number,
  index: number,
): ReadonlyMap<number, UsageRecord> =>
  new Map(
    db
      .all<UsageRecord & { readonly attempt: number }>(
        `SELECT attempt, time, cpu_seconds AS cpuSeconds, peak_memory AS peakMemory FROM usage
         WHERE task = ? AND instance_index = ?`,
        task,
        index,
      )
      .map(({ attempt, ...usage }) => [attempt, usage]),
  );
