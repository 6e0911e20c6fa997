/** When the view reads its job again: every two seconds while it changes, less often while it does not. */
import type { Later } from './peer.ts';

export interface RefreshOptions<T> {
  read(): Promise<T>;
  /** Shows what was read. */
  onData(data: T): void;
  /** @param isLast whether no further attempt is made */
  onError(message: string, isLast: boolean): void;
  /** Whether nothing will change any more, and everything has been read. */
  isComplete(data: T): boolean;
  /** Whether two results show the same, apart from the times. */
  isSame(before: T, after: T): boolean;
  readonly later: Later;
}

export interface Refresh {
  /** Reads now, and again until the job has ended. */
  start(): void;
  /** Stops reading; `start` continues. */
  stop(): void;
}

// The interval that the documentation of MCP Apps names.
const firstMs = 2_000;
/** Factor per read that shows nothing new: a job that waits for hours is then read four times a minute. */
const growth = 1.5;
const maxMs = 15_000;
/** Factor per failed read. */
const errorGrowth = 2;
const maxErrors = 5;

export const createRefresh = <T>(options: RefreshOptions<T>): Refresh => {
  let delay = firstMs;
  let errors = 0;
  let last: T | undefined;
  let isStarted = false;
  let isReading = false;
  let cancel = (): void => undefined;
  const next = (): void => {
    if (isStarted) cancel = options.later(() => void turn(), delay);
  };
  const turn = async (): Promise<void> => {
    // A read that was under way when the view was hidden continues, and its end leads to the next one.
    if (isReading) return;
    isReading = true;
    try {
      const data = await options.read();
      errors = 0;
      delay = last !== undefined && options.isSame(last, data) ? Math.min(delay * growth, maxMs) : firstMs;
      last = data;
      options.onData(data);
      if (options.isComplete(data)) isStarted = false;
    } catch (error) {
      errors += 1;
      delay *= errorGrowth;
      if (errors >= maxErrors) isStarted = false;
      options.onError(error instanceof Error ? error.message : String(error), !isStarted);
    }
    isReading = false;
    next();
  };
  return {
    start: () => {
      cancel();
      isStarted = true;
      errors = 0;
      delay = firstMs;
      void turn();
    },
    stop: () => {
      isStarted = false;
      cancel();
    },
  };
};
