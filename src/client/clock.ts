/** Time as an argument, so that waiting can be tested without waiting; and the difference to the service's clock. */

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

export interface ClockSkew {
  /** Milliseconds since 1970 by the service's clock, as far as it is known. */
  now(): number;
  /**
   * Adopts the time of a response that refused a request because of its timestamp.
   * @param date the Date header
   * @param signedAt the time the request was signed with
   * @returns whether the timestamp was far from the service's time, so that a retry makes sense
   */
  learn(date: string | undefined, signedAt: number): boolean;
}

/** The header has whole seconds and the response took time; no service refuses less than this. */
const noticedMs = 30_000;

/**
 * The difference between this machine's clock and the service's: requests are signed with the service's time.
 */
export const createClockSkew = (now: () => number): ClockSkew => {
  let offset = 0;
  return {
    now: () => now() + offset,
    learn: (date, signedAt) => {
      const theirs = Date.parse(date ?? '');
      if (Number.isNaN(theirs)) return false;
      offset = theirs - now();
      return Math.abs(theirs - signedAt) >= noticedMs;
    },
  };
};
