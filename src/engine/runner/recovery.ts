/** After a restart: every attempt that had a place is found again, finished, or given up. */
import { activeAttempts } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';
import type { LiveAttempts } from './live-attempt.ts';

/** What became of the attempts of an earlier engine. */
export interface Recovery {
  readonly adopted: number;
  readonly ended: number;
  readonly notBegun: number;
  readonly lost: number;
}

/**
 * Goes through every STARTING and RUNNING instance and hands it to `lives`. Nothing is written here: the next turn
 * of the loop decides by the usual rules. What an earlier engine left running without an owner is ended.
 */
export const recover = (db: Database, lives: LiveAttempts): Recovery => {
  const count = { adopted: 0, ended: 0, notBegun: 0, lost: 0 };
  for (const attempt of activeAttempts(db)) count[lives.find(attempt)] += 1;
  lives.sweep();
  return count;
};
