/** What there is to do at all, asked in one go: most turns of the loop find little. */
import { holdsPlace } from './attempts.ts';
import type { Database } from './database.ts';

export interface Pending {
  /** Some job is not laid out whole. */
  readonly layOut: boolean;
  /** Some instances are to be released, or failed, in slices. */
  readonly move: boolean;
  /** Some job is to be looked at because a task of it has ended. */
  readonly review: boolean;
  /** Some environment is waited for. */
  readonly envs: boolean;
  /** Some task has something to start. */
  readonly start: boolean;
  /** There are compute environments to move on, or messages to write. */
  readonly advance: boolean;
  /** How many places kept scenes hold. */
  readonly held: number;
}

/** Each part is answered by an index of just the rows in question. */
const question = `SELECT
  EXISTS (SELECT 1 FROM jobs WHERE expanded = 0) AS layOut,
  EXISTS (SELECT 1 FROM tasks WHERE closing IS NOT NULL) OR EXISTS (SELECT 1 FROM tasks WHERE open = 1 AND n1 > 0) AS move,
  EXISTS (SELECT 1 FROM jobs WHERE review = 1) AS review,
  EXISTS (SELECT 1 FROM tasks WHERE env_id IS NOT NULL AND end_time IS NULL) AS envs,
  EXISTS (SELECT 1 FROM tasks WHERE open = 1 AND n2 > 0) AS start,
  EXISTS (SELECT 1 FROM compute_envs) OR EXISTS (SELECT 1 FROM events) AS advance,
  (SELECT count(*) FROM instances WHERE ${holdsPlace} AND state = 6) AS held`;

/** What is to do now. */
export const pendingIn = (db: Database): Pending => {
  const row = db.get<Record<keyof Pending, number>>(question);
  return {
    layOut: row?.layOut === 1,
    move: row?.move === 1,
    review: row?.review === 1,
    envs: row?.envs === 1,
    start: row?.start === 1,
    advance: row?.advance === 1,
    held: row?.held ?? 0,
  };
};
