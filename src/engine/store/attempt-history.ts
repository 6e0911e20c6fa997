/** All attempts of an instance: earlier ones from the history, the current one from the instance itself. */
import type { State } from '../model/lifecycle.ts';
import type { Database } from './database.ts';

/** One attempt as it was, or is. Of attempts that 0.1.0 repeated, only number and logs are known. */
export interface AttemptRecord {
  /** 1 for the first; continues over RetryJobs, so that a number never means two attempts. */
  readonly attempt: number;
  readonly state: Extract<State, 'STARTING' | 'RUNNING' | 'SUCCEED' | 'FAILED' | 'FAILED_INTERRUPTED'>;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly exitCode: number | null;
  /** The machine it ran on (`ComputeNodeInstanceId`). */
  readonly machine: string | null;
  /** The node of its compute environment; null for an elastic task. */
  readonly node: string | null;
  /** Milliseconds since 1970. */
  readonly launchTime: number | null;
  readonly runningTime: number | null;
  readonly endTime: number | null;
}

const columns = `attempt, reason, detail, exit_code AS exitCode, machine, node, launch_time AS launchTime,
  running_time AS runningTime, end_time AS endTime`;

/** All attempts of an instance, first to last, including the current one. */
export const attemptsOf = (db: Database, task: number, index: number): readonly AttemptRecord[] => {
  const earlier = db.all<AttemptRecord>(
    `SELECT 'FAILED' AS state, ${columns} FROM attempts WHERE task = ? AND instance_index = ? ORDER BY attempt`,
    task,
    index,
  );
  // A waiting instance has no current attempt. One that failed while it waited has none either: its last is in the history.
  const current = db.get<AttemptRecord>(
    `SELECT state, ${columns} FROM instances WHERE task = ? AND instance_index = ? AND launch_time IS NOT NULL`,
    task,
    index,
  );
  return current === undefined ? earlier : [...earlier, current];
};

/** An attempt that was repeated, with its instance. */
export interface EarlierAttempt extends Omit<AttemptRecord, 'state' | 'machine' | 'node'> {
  readonly index: number;
}

/** Attempts of a task that were repeated, by instance, first to last. */
export const earlierAttemptsOf = (db: Database, task: number, limit: number): readonly EarlierAttempt[] =>
  db.all<EarlierAttempt>(
    `SELECT instance_index AS "index", ${columns} FROM attempts WHERE task = ?
     ORDER BY instance_index, attempt LIMIT +?`,
    task,
    limit,
  );

export const countEarlierAttempts = (db: Database, task: number): number =>
  db.get<{ readonly count: number }>(`SELECT count(*) AS count FROM attempts WHERE task = ?`, task)?.count ??
  0;
