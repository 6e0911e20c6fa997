/** One timer for the earliest of many times. */

export interface Alarm {
  /** Rings at that time, milliseconds since 1970, unless an earlier one is set; then it has to be set again. */
  at(time: number): void;
  stop(): void;
}

/** A timer above this fires at once instead of late. */
const maxTimer = 2 ** 31 - 1;

/** Creates it. @param ring called no more than once for all times set before */
export const createAlarm = (now: () => number, ring: () => void): Alarm => {
  let earliest = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  return {
    at: (time) => {
      if (time >= earliest) return;
      clearTimeout(timer);
      earliest = time;
      const wait = Math.min(maxTimer, Math.max(1, time - now()));
      timer = setTimeout(() => {
        earliest = Number.POSITIVE_INFINITY;
        ring();
      }, wait);
    },
    stop: () => clearTimeout(timer),
  };
};
