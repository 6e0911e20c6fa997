/** Limits how many calls run at the same time. */

export interface Slots {
  /** Runs `act` when a slot is free. @throws what `act` throws, and `closed` once the slots are closed */
  run<T>(act: () => Promise<T>): Promise<T>;
  /** What waits for a slot is not run any more. */
  close(): void;
}

/** @param closed creates the error of what is not run */
export const createSlots = (count: number, closed: () => Error): Slots => {
  const waiting: (() => void)[] = [];
  let free = count;
  let isClosed = false;
  const take = async (): Promise<void> => {
    if (free > 0) free -= 1;
    // A slot that is given back goes to the first that waits.
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    run: async (act) => {
      await take();
      try {
        if (isClosed) throw closed();
        return await act();
      } finally {
        giveBack();
      }
    },
    close: () => {
      isClosed = true;
    },
  };
};
