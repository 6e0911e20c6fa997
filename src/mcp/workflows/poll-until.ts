/** Polling for a tool that waits: slower while nothing changes, over a lost connection, and ended by the session's end. */
import { TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import type { Wait } from '../contract/wait.ts';

export interface PollOptions {
  /** Milliseconds between two polls while something changes; up to five times as long while nothing does. */
  readonly pollMs: number;
  readonly wait: Wait;
}

export interface Poll<T> {
  read(): Promise<T>;
  isDone(seen: T): boolean;
  hasMoved(before: T, after: T): boolean;
  /** What has been done so far, for the progress of the request. */
  progressOf(seen: T): { readonly done: number; readonly total: number; readonly message: string };
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** A single lost connection does not end a wait; three in a row do. */
const maxLostPolls = 3;

/**
 * Reads until something is done, the time is up, or the session is ending.
 * @returns the first and the last that was read
 * @throws the service's error; TransportError after three lost polls in a row; AbortError when the request is cancelled
 */
export const pollUntil = async <T>(
  poll: Poll<T>,
  context: ToolContext,
  { pollMs, wait }: PollOptions,
): Promise<{ readonly first: T; readonly last: T }> => {
  const report = createReporter(context);
  const first: T = await poll.read();
  let last: T = first;
  let interval = pollMs;
  let lost = 0;
  report(poll.progressOf(first));
  while (!poll.isDone(last) && context.now() < poll.deadline) {
    await waitUnlessClosing(Math.min(interval, Math.max(0, poll.deadline - context.now())), context, wait);
    if (context.closing?.aborted) break;
    const next = await readOrLost(poll, context);
    if (next.lost !== undefined) {
      lost += 1;
      if (lost >= maxLostPolls) throw next.lost;
      continue;
    }
    lost = 0;
    interval = poll.hasMoved(last, next.seen) ? pollMs : Math.min(interval * 1.5, pollMs * 5);
    last = next.seen;
    report(poll.progressOf(last));
  }
  return { first, last };
};

/** Progress has to grow, and a client that hears nothing for a minute gives up: where nothing changed, a fraction is added. */
const createReporter = (context: ToolContext) => {
  let most = -1;
  let repeats = 0;
  return ({ done, total, message }: ReturnType<Poll<unknown>['progressOf']>): void => {
    repeats = done > most ? 0 : repeats + 1;
    most = Math.max(most, done);
    context.progress(most + repeats / 1000, total, message);
  };
};

/** Ends early, and without an error, when the session is ending: the caller then gets its continuation at once. */
const waitUnlessClosing = async (
  milliseconds: number,
  { signal, closing }: ToolContext,
  wait: Wait,
): Promise<void> => {
  try {
    await wait(milliseconds, closing === undefined ? signal : AbortSignal.any([signal, closing]));
  } catch (error) {
    if (signal.aborted || !closing?.aborted) throw error;
  }
};

type Read<T> = { readonly seen: T; readonly lost?: undefined } | { readonly lost: TransportError };

const readOrLost = async <T>(poll: Poll<T>, { signal }: ToolContext): Promise<Read<T>> => {
  try {
    const seen: T = await poll.read();
    return { seen };
  } catch (error) {
    if (error instanceof TransportError && !signal.aborted) return { lost: error };
    throw error;
  }
};
