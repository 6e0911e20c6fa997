/** Time as an argument: what waits here can be tested without waiting. */

export interface Clock {
  /** Milliseconds since 1970; of the steady clock, since the start. */
  now(): number;
  /** Calls `act` once after so many milliseconds, unless the function it returns is called before. */
  after(milliseconds: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, act) => {
    const timer = setTimeout(act, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** For durations alone: it only goes forward, also when somebody sets the machine's time back. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() };

/** @returns whether the time went by; `false` when it was cancelled before */
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
