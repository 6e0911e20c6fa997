/** Samples of what running instances use of the machine. */
import type { Database } from './database.ts';

export interface Sample {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Percent of one instance's machine. */
  readonly cpu: number;
  /** Percent of the machine's memory. */
  readonly memory: number;
}

export const insertSample = (db: Database, task: number, index: number, sample: Sample): void => {
  db.run(
    'INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?)',
    task,
    index,
    sample.time,
    sample.cpu,
    sample.memory,
  );
};

/** The samples of an instance between two times, oldest first. */
export const samplesBetween = (
  db: Database,
  task: number,
  index: number,
  from: number,
  to: number,
): Sample[] =>
  db.all<Sample>(
    'SELECT time, cpu, memory FROM samples WHERE task = ? AND instance_index = ? AND time BETWEEN ? AND ? ORDER BY time',
    task,
    index,
    from,
    to,
  );
