/** What running instances used of the machine, sampled. */
import type { Database } from './database.ts';

export interface Sample {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Percent of one instance's machine. */
  readonly cpu: number;
  /** Percent of the machine's memory. */
  readonly memory: number;
}

export const insertSample = (db: Database, task: number, idx: number, sample: Sample): void => {
  db.run(
    'INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?)',
    task,
    idx,
    sample.time,
    sample.cpu,
    sample.memory,
  );
};

/** The samples of an instance between two times, oldest first. */
export const samplesBetween = (db: Database, task: number, idx: number, from: number, to: number): Sample[] =>
  db.all<Sample>(
    'SELECT time, cpu, memory FROM samples WHERE task = ? AND idx = ? AND time BETWEEN ? AND ? ORDER BY time',
    task,
    idx,
    from,
    to,
  );
