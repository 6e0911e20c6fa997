/** Whether there is anything to do, asked in one query: most turns of the loop find little. */
import { occupiesSlot } from './attempts.ts';
import type { Database } from './database.ts';

export interface Pending {
  /** A job has not been expanded completely. */
  readonly expand: boolean;
  /** Waiting instances are to become RUNNABLE, or to be failed. */
  readonly move: boolean;
  /** A task has ended and its successors have not been updated. */
  readonly settle: boolean;
  /** A task that has not ended runs in a compute environment. */
  readonly envs: boolean;
  /** A task has instances to start. */
  readonly start: boolean;
  /** There are compute environments to advance, or messages to write. */
  readonly advance: boolean;
  /** How many slots retained workspaces occupy. */
  readonly retained: number;
  /** When the first task may start again after a failure of the machine; null if none waits. */
  readonly backoffUntil: number | null;
}

/** Each part is answered by a partial index. */
const question = `SELECT
  EXISTS (SELECT 1 FROM jobs WHERE expanded = 0) AS expand,
  EXISTS (SELECT 1 FROM tasks WHERE close_reason IS NOT NULL)
    OR EXISTS (SELECT 1 FROM tasks WHERE open = 1 AND pending_count > 0) AS move,
  EXISTS (SELECT 1 FROM tasks WHERE settling = 1) AS settle,
  EXISTS (SELECT 1 FROM tasks WHERE env_id IS NOT NULL AND end_time IS NULL) AS envs,
  EXISTS (SELECT 1 FROM tasks WHERE open = 1 AND runnable_count > 0) AS start,
  EXISTS (SELECT 1 FROM compute_envs) OR EXISTS (SELECT 1 FROM events) AS advance,
  (SELECT count(*) FROM instances WHERE ${occupiesSlot} AND state = 'FAILED_INTERRUPTED') AS retained,
  (SELECT min(backoff_until) FROM tasks WHERE backoff_until IS NOT NULL) AS backoffUntil`;

export const pendingIn = (db: Database): Pending => {
  const row = db.get<Record<keyof Pending, number | null>>(question);
  return {
    expand: row?.expand === 1,
    move: row?.move === 1,
    settle: row?.settle === 1,
    envs: row?.envs === 1,
    start: row?.start === 1,
    advance: row?.advance === 1,
    retained: row?.retained ?? 0,
    backoffUntil: row?.backoffUntil ?? null,
  };
};
