/** Who watches which job, and one poller for each watched job however many watch it. */
import { ApiError, InputError } from '../../shared/errors.ts';
import type { Wait } from '../contract/wait.ts';
import { hasChangedState, type JobSnapshot } from '../jobs/job-snapshot.ts';
import { parseResourceUri } from './resource-uri.ts';

export interface SubscriptionsOptions {
  /** One look at a job. */
  readonly read: (region: string, JobId: string, signal: AbortSignal) => Promise<JobSnapshot>;
  /** Told once for every change; `JobState` is absent when the job is no longer there. */
  readonly notify: (uri: string, JobState: string | undefined) => void;
  readonly wait: Wait;
  /** Milliseconds, for durations: a clock that nobody sets back. */
  readonly now: () => number;
  /** Least time between two looks, of all watched jobs together, and the interval of a job that moves. */
  readonly pollMs?: number;
}

export interface Subscriptions {
  /**
   * Begins to watch. What cannot be watched is left out.
   * @param subscriber a connection, or one of its streams
   * @returns the URIs that are watched
   */
  subscribe(subscriber: string, uris: readonly string[]): readonly string[];
  /** Stops watching, all URIs of a subscriber unless some are named. */
  unsubscribe(subscriber: string, uris?: readonly string[]): void;
  /** Looks again at a job that had ended, because something was done to it. */
  resume(JobId: string): void;
  stop(): void;
}

interface Watch {
  readonly region: string;
  readonly JobId: string;
  /** Who watches, by the URI they named. */
  readonly subscribers: Map<string, Set<string>>;
  /** Ends the poller; absent while there is none, since the job has ended. */
  poller: AbortController | undefined;
  /** What was told last. */
  last: JobSnapshot | undefined;
}

// DescribeJob may be called twice a second; one look a second, for all jobs together, leaves half of that to tools.
const defaultPollMs = 1000;
// Somebody who follows a job for hours can hear of its end half a minute late.
const slowestPolls = 30;
// What was done to an ended job shows at the next look, or soon after it in the cloud.
const looksAfterWake = 5;

/** Creates the memory of subscriptions. Nothing runs until somebody subscribes. */
export const createSubscriptions = (options: SubscriptionsOptions): Subscriptions => {
  const { pollMs = defaultPollMs } = options;
  const watches = new Map<string, Watch>();
  const turn = createTurns(options, pollMs);

  const start = (watch: Watch): void => {
    if (watch.poller !== undefined) return;
    const poller = new AbortController();
    watch.poller = poller;
    follow(watch, poller.signal, { ...options, pollMs }, turn)
      // Only the end of the poller itself is thrown, when it is no longer wanted.
      .catch(() => undefined)
      .finally(() => {
        if (watch.poller === poller) watch.poller = undefined;
      });
  };

  const removeFrom = (key: string, watch: Watch, subscriber: string, uris: readonly string[] | undefined) => {
    for (const [uri, subscribers] of watch.subscribers) {
      if (uris !== undefined && !uris.includes(uri)) continue;
      subscribers.delete(subscriber);
      if (subscribers.size === 0) watch.subscribers.delete(uri);
    }
    if (watch.subscribers.size > 0) return;
    watch.poller?.abort();
    watches.delete(key);
  };

  return {
    subscribe: (subscriber, uris) =>
      uris.filter((uri) => {
        const address = parseResourceUri(uri);
        if (address?.kind !== 'job') return false;
        const { region, JobId } = address;
        const key = `${region} ${JobId}`;
        const watch = watches.get(key) ?? createWatch(region, JobId);
        watches.set(key, watch);
        watch.subscribers.set(uri, (watch.subscribers.get(uri) ?? new Set()).add(subscriber));
        // A job that has ended is told once more, to the one who does not know it yet.
        if (watch.poller === undefined) watch.last = undefined;
        start(watch);
        return true;
      }),
    unsubscribe: (subscriber, uris) => {
      for (const [key, watch] of watches) removeFrom(key, watch, subscriber, uris);
    },
    resume: (JobId) => {
      for (const watch of watches.values()) if (watch.JobId === JobId) start(watch);
    },
    stop: () => {
      for (const watch of watches.values()) watch.poller?.abort();
      watches.clear();
    },
  };
};

const createWatch = (region: string, JobId: string): Watch => ({
  region,
  JobId,
  subscribers: new Map(),
  poller: undefined,
  last: undefined,
});

/**
 * Polls one job until it has ended for good, is gone, or nobody watches it any more.
 * The first look is told, too: what the subscriber saw before it subscribed may be out of date by then, and of a job
 * that has ended in between nothing else would ever be heard. An error is no end; the next look comes later.
 */
const follow = async (
  watch: Watch,
  signal: AbortSignal,
  { read: look, wait, notify: tell, pollMs }: SubscriptionsOptions & { readonly pollMs: number },
  turn: (signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const slower = (interval: number, factor: number) => Math.min(interval * factor, pollMs * slowestPolls);
  const tellAll = (state: string | undefined) => {
    for (const uri of watch.subscribers.keys()) tell(uri, state);
  };
  let interval = pollMs;
  let unchanged = 0;
  for (;;) {
    await turn(signal);
    const seen = await look(watch.region, watch.JobId, signal).catch(asMissing);
    signal.throwIfAborted();
    if (seen === 'nowhere') return;
    if (seen === 'gone') return tellAll(undefined);
    if (seen === 'unknown') {
      interval = slower(interval, 2);
    } else if (watch.last === undefined || hasChangedState(watch.last, seen)) {
      watch.last = seen;
      tellAll(seen.JobState);
      interval = pollMs;
      if (isFinal(seen)) return;
    } else {
      unchanged += 1;
      if (isFinal(seen) && unchanged >= looksAfterWake) return;
      interval = slower(interval, 1.5);
    }
    await wait(interval, signal);
  }
};

/** FAILED_INTERRUPTED is not final: the kept machines will be released one day, and that is a change. */
const isFinal = ({ JobState, NextAction }: JobSnapshot): boolean =>
  NextAction === '' && (JobState === 'SUCCEED' || JobState === 'FAILED');

/** A call that is refused before it is sent names a region that does not exist; it never will. */
const asMissing = (error: unknown): 'nowhere' | 'gone' | 'unknown' => {
  if (error instanceof InputError) return 'nowhere';
  return error instanceof ApiError && error.code === 'ResourceNotFound.Job' ? 'gone' : 'unknown';
};

/** Lets one through at a time, so many milliseconds apart. */
const createTurns = ({ wait, now }: Pick<SubscriptionsOptions, 'wait' | 'now'>, apart: number) => {
  let free = 0;
  return async (signal: AbortSignal): Promise<void> => {
    const at = Math.max(free, now());
    free = at + apart;
    await wait(at - now(), signal);
  };
};
