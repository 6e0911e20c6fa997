/** The difference between this machine's clock and the service's: requests are signed with the service's time. */

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
