/** Subscriptions to jobs and to the logs of their instances: one poller for each job, however many subscribers it has. */
import { isFinal } from '../../catalogue/job-states.ts';
import { ApiError, InputError } from '../../shared/errors.ts';
import type { Wait } from '../contract/wait.ts';
import { hasChangedState, type JobSnapshot } from '../jobs/job-snapshot.ts';
import { parseResourceUri } from './resource-uri.ts';

export interface SubscriptionsOptions {
  /** Reads a job. */
  readonly read: (region: string, JobId: string, signal: AbortSignal) => Promise<JobSnapshot>;
  /** Called once for every change; `JobState` is undefined when the job no longer exists. */
  readonly notify: (uri: string, JobState: string | undefined) => void;
  readonly wait: Wait;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Minimum time between two reads of all jobs together, and the interval for a job that changes. */
  readonly pollMs?: number;
}

export interface Subscriptions {
  /**
   * Adds a subscriber. URIs that do not support subscriptions are left out.
   * @param subscriber a connection, or one of its streams
   * @returns the subscribed URIs
   */
  subscribe(subscriber: string, uris: readonly string[]): readonly string[];
  /** Removes a subscriber from the named URIs, by default from all. */
  unsubscribe(subscriber: string, uris?: readonly string[]): void;
  /** Polls a job that had ended again, because a call has changed it. */
  resume(JobId: string): void;
  stop(): void;
}

interface Watch {
  readonly region: string;
  readonly JobId: string;
  /** Subscribers, by the URI they named. */
  readonly subscribers: Map<string, Set<string>>;
  /** Stops the poller; undefined while there is none, because the job has ended. */
  poller: AbortController | undefined;
  /** What subscribers were notified of last. */
  last: JobSnapshot | undefined;
}

// The rate of DescribeJob is 2 a second; one read a second, for all jobs together, leaves half of it to tools.
const defaultPollMs = 1000;
// The end of a job that has run for hours may be reported half a minute late.
const maxSlowdown = 30;
// A change of an ended job is visible at the next read, or soon after it in the cloud.
const maxUnchangedReads = 5;

/** Creates the store of subscriptions. Nothing runs before the first one. */
export const createSubscriptions = (options: SubscriptionsOptions): Subscriptions => {
  const { pollMs = defaultPollMs } = options;
  const watches = new Map<string, Watch>();
  const nextSlot = createSpacing(options, pollMs);

  const start = (watch: Watch): void => {
    if (watch.poller !== undefined) return;
    const poller = new AbortController();
    watch.poller = poller;
    follow(watch, poller.signal, { ...options, pollMs }, nextSlot)
      // It throws only when the poller is stopped.
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
        const address = jobOf(uri);
        if (address === undefined) return false;
        const { region, JobId } = address;
        const key = `${region} ${JobId}`;
        const watch = watches.get(key) ?? createWatch(region, JobId);
        watches.set(key, watch);
        watch.subscribers.set(uri, (watch.subscribers.get(uri) ?? new Set()).add(subscriber));
        // A new subscriber is notified of a job that has already ended.
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

/** The job that a resource with subscriptions belongs to: a job itself, or the log of an instance. */
const jobOf = (uri: string): { readonly region: string; readonly JobId: string } | undefined => {
  const address = parseResourceUri(uri);
  return address?.kind === 'job' || address?.kind === 'stdout' || address?.kind === 'stderr'
    ? address
    : undefined;
};

const isLog = (uri: string): boolean => parseResourceUri(uri)?.kind !== 'job';

const createWatch = (region: string, JobId: string): Watch => ({
  region,
  JobId,
  subscribers: new Map(),
  poller: undefined,
  last: undefined,
});

/**
 * Polls one job until it is in a final state, no longer exists, or has no subscriber.
 * The first read is reported as well: what the subscriber knew may be out of date, and a job that has ended in between
 * would never be reported otherwise. An error does not stop the poller; the next read follows later.
 */
const follow = async (
  watch: Watch,
  signal: AbortSignal,
  { read, wait, notify, pollMs }: SubscriptionsOptions & { readonly pollMs: number },
  nextSlot: (signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const slower = (interval: number, factor: number) => Math.min(interval * factor, pollMs * maxSlowdown);
  const notifyAll = (state: string | undefined) => {
    for (const uri of watch.subscribers.keys()) notify(uri, state);
  };
  // A log is complete, and stored, when its instance has ended.
  const notifyLogs = (state: string) => {
    for (const uri of watch.subscribers.keys()) if (isLog(uri)) notify(uri, state);
  };
  let interval = pollMs;
  let unchanged = 0;
  for (;;) {
    await nextSlot(signal);
    const job = await read(watch.region, watch.JobId, signal).catch(failureOf);
    signal.throwIfAborted();
    if (job === 'invalid') return;
    if (job === 'gone') return notifyAll(undefined);
    if (job === 'unavailable') {
      interval = slower(interval, 2);
    } else if (watch.last === undefined || hasChangedState(watch.last, job)) {
      watch.last = job;
      notifyAll(job.JobState);
      interval = pollMs;
      if (isLast(job)) return;
    } else {
      if (endedIn(watch.last) !== endedIn(job)) notifyLogs(job.JobState);
      watch.last = job;
      unchanged += 1;
      if (isLast(job) && unchanged >= maxUnchangedReads) return;
      interval = slower(interval, 1.5);
    }
    await wait(interval, signal);
  }
};

const endedIn = ({ succeeded, failed }: JobSnapshot): number => succeeded + failed;

/** FAILED_INTERRUPTED is not final: the retained machines will be released, which is a change. */
const isLast = ({ JobState, NextAction }: JobSnapshot): boolean => NextAction === '' && isFinal(JobState);

/** `invalid`: the call is refused before it is sent, because the region does not exist. */
const failureOf = (error: unknown): 'invalid' | 'gone' | 'unavailable' => {
  if (error instanceof InputError) return 'invalid';
  return error instanceof ApiError && error.code === 'ResourceNotFound.Job' ? 'gone' : 'unavailable';
};

/** Spaces reads by a number of milliseconds. */
const createSpacing = ({ wait, now }: Pick<SubscriptionsOptions, 'wait' | 'now'>, spacing: number) => {
  let free = 0;
  return async (signal: AbortSignal): Promise<void> => {
    const at = Math.max(free, now());
    free = at + spacing;
    await wait(at - now(), signal);
  };
};
