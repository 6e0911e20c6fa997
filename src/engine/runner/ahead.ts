/** What stands ready: everything about it is written down, so that it can begin the moment another ends. */

/** A command that is over sooner is short, and what has stood longer has waited in vain. */
const shortMs = 50;

const knownTasks = 32;

/** As many as run, and enough to last until the next turn of the loop. */
export const maxReady = (places: number): number => Math.max(8, places);

export interface Ahead<T> {
  /** How many may stand ready now. */
  most(): number;
  /**
   * Whether those of a task may: while its commands are short, because then a turn of the loop serves several of them.
   * What waits for a long one would only look as if it began.
   */
  isFor(task: number): boolean;
  /** How many do. */
  size(): number;
  /** It stands ready from now on. */
  add(item: T): void;
  /** Takes it out, so that it does not begin. @returns whether it stood there */
  remove(item: T): boolean;
  /** Takes out the one that has stood longest, to begin; undefined if there is none. */
  next(): T | undefined;
  /** A command of a task has ended that took so many milliseconds. */
  note(task: number, milliseconds: number): void;
}

/**
 * Creates the row; nothing stands in it.
 * @param places how many run at one time
 * @param later calls back after so many milliseconds
 * @param withdraw called for one that has stood too long and was taken out
 */
export const createAhead = <T extends { readonly attempt: { readonly task: number } }>(
  places: number,
  now: () => number,
  later: (work: () => void, milliseconds: number) => void,
  withdraw: (item: T) => void,
): Ahead<T> => {
  const row = new Map<T, number>();
  const shortTasks = new Set<number>();
  let isLooking = false;
  const look = (): void => {
    isLooking = false;
    const time = now();
    for (const [item, since] of [...row]) {
      if (time - since < shortMs) continue;
      shortTasks.delete(item.attempt.task);
      row.delete(item);
      withdraw(item);
    }
    lookSoon();
  };
  const lookSoon = (): void => {
    if (isLooking || row.size === 0) return;
    isLooking = true;
    later(look, shortMs);
  };
  return {
    most: () => (shortTasks.size > 0 ? maxReady(places) : 0),
    isFor: (task) => shortTasks.has(task),
    size: () => row.size,
    add: (item) => {
      row.set(item, now());
      lookSoon();
    },
    remove: (item) => row.delete(item),
    next: () => {
      const [first] = row.keys();
      if (first !== undefined) row.delete(first);
      return first;
    },
    note: (task, milliseconds) => {
      shortTasks.delete(task);
      // Few tasks run at a time; what is forgotten is learned again with the next end.
      if (shortTasks.size >= knownTasks) shortTasks.clear();
      if (milliseconds < shortMs) shortTasks.add(task);
    },
  };
};
