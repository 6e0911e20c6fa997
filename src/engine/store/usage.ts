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

/** What the measured attempts of a task have used together. */
export interface UsageSum {
  readonly measured: number;
  /** Of the attempt with the most; null where none was measured, as all sums. */
  readonly peakMemory: number | null;
  readonly cpuSeconds: number | null;
  /** From the start of each command to its last measurement. */
  readonly measuredMs: number | null;
}

/** @param task id of the task */
export const usageOfTask = (db: Database, task: number): UsageSum =>
  db.get<UsageSum>(
    `SELECT count(*) AS measured, max(peak_memory) AS peakMemory, sum(cpu_seconds) AS cpuSeconds,
       sum(max(0, usage.time - coalesce(earlier.running_time, current.running_time, usage.time))) AS measuredMs
     FROM usage
     LEFT JOIN attempts AS earlier USING (task, instance_index, attempt)
     LEFT JOIN instances AS current USING (task, instance_index, attempt)
     WHERE task = ?`,
    task,
  ) ?? { measured: 0, peakMemory: null, cpuSeconds: null, measuredMs: null };
