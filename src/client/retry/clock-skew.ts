/** How far this machine's clock is from the service's: requests are signed with the service's time. */

export interface ClockSkew {
  /** Milliseconds since 1970 by the service's clock, as far as it is known. */
  now(): number;
  /**
   * Takes over the time of an answer that refused a request for its time.
   * @param date the Date header
   * @param signedAt the time the request was signed with
   * @returns whether that was far from the service's time, so that trying once more makes sense
   */
  learn(date: string | undefined, signedAt: number): boolean;
}

/** The header counts whole seconds and the answer took its way; less than this is no skew that a service refuses. */
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
