/** Time as an argument, so that waiting can be tested without waiting. */

export interface Clock {
  /** Milliseconds since 1970; of the steady clock, since the start of the process. */
  now(): number;
  /** Calls `act` after so many milliseconds. @returns a function that cancels it */
  after(milliseconds: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, act) => {
    const timer = setTimeout(act, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** For durations only: monotonic, also when the system time is set back. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() };

/** @returns whether the time has passed; `false` when the wait was cancelled */
export const wait = (clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const cancel = () => {
      stop();
      resolve(false);
    };
    const stop = clock.after(milliseconds, () => {
      signal?.removeEventListener('abort', cancel);
      resolve(true);
    });
    signal?.addEventListener('abort', cancel, { once: true });
  });
