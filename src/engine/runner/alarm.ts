/** One timer for the earliest of many times. */

export interface Alarm {
  /** Fires at that time of the clock, unless an earlier one is set; then it has to be set again. */
  at(time: number): void;
  stop(): void;
}

/** A longer timer would fire at once. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * @param monotonic milliseconds of the clock
 * @param onTime called at most once for all times set before
 */
export const createAlarm = (monotonic: () => number, onTime: () => void): Alarm => {
  let earliest = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  return {
    at: (time) => {
      if (time >= earliest) return;
      clearTimeout(timer);
      earliest = time;
      const delay = Math.min(maxTimerMs, Math.max(1, time - monotonic()));
      timer = setTimeout(() => {
        earliest = Number.POSITIVE_INFINITY;
        onTime();
      }, delay);
    },
    stop: () => clearTimeout(timer),
  };
};
