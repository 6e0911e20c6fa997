/** Transitions of the instances of one turn of the loop, counted together: most turns end one instance and start another. */
import { assertTransition, type State } from '../model/lifecycle.ts';
import { addToCounts } from './counts.ts';
import type { Database } from './database.ts';
import { hasNotifications, recordInstanceEvents } from './job-events.ts';

export interface Transitions {
  /** Records that an instance moved from one state to another. */
  record(task: number, index: number, from: State, to: State, now: number): void;
  /**
   * Counts what was recorded; call it in the same transaction.
   * @param now milliseconds since 1970
   * @returns whether there is more to do: successors of a task that has ended, or messages to write
   */
  count(now: number): boolean;
}

/**
 * Creates the record of one turn. A job with notifications has every transition counted at once, because an event shows
 * the state of the job at its time.
 */
export const createTransitions = (db: Database): Transitions => {
  const changes = new Map<number, Partial<Record<State, number>>>();
  const notifying = new Map<number, boolean>();
  const isNotifying = (task: number): boolean => {
    const known = notifying.get(task) ?? hasNotifications(db, task);
    notifying.set(task, known);
    return known;
  };
  return {
    record: (task, index, from, to, now) => {
      assertTransition(from, to);
      if (isNotifying(task)) {
        recordInstanceEvents(db, task, [index], to, now);
        addToCounts(db, task, { [from]: -1, [to]: 1 }, now);
        return;
      }
      const counts = changes.get(task) ?? {};
      counts[from] = (counts[from] ?? 0) - 1;
      counts[to] = (counts[to] ?? 0) + 1;
      changes.set(task, counts);
    },
    count: (now) => {
      const hasEnded = [...changes].map(([task, counts]) => addToCounts(db, task, counts, now));
      return hasEnded.includes(true) || [...notifying.values()].includes(true);
    },
  };
};
