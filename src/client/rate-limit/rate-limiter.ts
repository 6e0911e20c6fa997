/** Keeps calls within the documented rate: so many per second for each action, region and account. */
import type { Clock } from '../clock.ts';
import { notSent, type Operation } from '../failures.ts';

/** What the service counts separately. */
export interface RateLimitKey {
  readonly operation: Operation;
  readonly region: string;
  readonly account: string;
  /** Calls per second; nothing where there is no limit to keep. */
  readonly perSecond: number | undefined;
}

/** The right to send one request. It counts as sent when it is acquired, unless it is held. */
export interface Permit {
  /** Keeps the permit until `send` or `release`: the request leaves later. */
  hold(): void;
  /** The request leaves now. */
  send(): void;
  /** A response was received, or the request was lost. */
  end(): void;
  /** The service refused the request because of the rate. */
  backOff(): void;
  /** Nothing was sent: the next caller may have the permit at once. */
  release(): void;
}

export interface AcquireOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called when the wait is long enough to be reported. */
  readonly onWait?: ((wait: { readonly reason: string; readonly milliseconds: number }) => void) | undefined;
}

export interface RateLimiter {
  /**
   * Waits for a permit, first come, first served.
   * @throws TransportError when it is cancelled while it waits
   */
  acquire(key: RateLimitKey, options?: AcquireOptions): Promise<Permit>;
}

/** The service counts within one second. */
const secondMs = 1000;
/** Timers fire up to a millisecond early and clocks have whole milliseconds; this covers both. */
const slackMs = 15;
/**
 * The service counts a request somewhere between its sending and its response, so a permit is returned a second after
 * the response. A slow response delays it by this at most: a response slower than 250 ms may let one second of the
 * service exceed the rate, which `backOff` handles.
 */
const lateMs = 250;
/** Waits under a second are not worth reporting. */
const minReportedWaitMs = 1000;
/** After a refusal the rate is halved, because others share the account; it doubles after each such time without one. */
const recoveryMs = 10_000;

interface Bucket {
  readonly perSecond: number;
  /** When each acquired permit is returned; infinity while it is held. */
  readonly inUse: Set<{ freeAt: number }>;
  readonly waiting: Set<() => void>;
  /** The current rate: lower than `perSecond` after a refusal. */
  capacity: number;
  pausedUntil: number;
  recoversAt: number;
  stop: (() => void) | undefined;
}

const unlimited: Permit = {
  hold: () => {},
  send: () => {},
  end: () => {},
  backOff: () => {},
  release: () => {},
};

/** One for the whole process, so that all its API clients together keep the rate. */
export const createRateLimiter = (clock: Clock): RateLimiter => {
  const buckets = new Map<string, Bucket>();
  return {
    acquire: (key, options = {}) => {
      const { operation, region, account, perSecond } = key;
      if (perSecond === undefined) return Promise.resolve(unlimited);
      const name = `${operation.name}@${region}@${account}`;
      const bucket = buckets.get(name) ?? createBucket(perSecond);
      buckets.set(name, bucket);
      return acquireFrom(bucket, operation, options, clock);
    },
  };
};

const createBucket = (perSecond: number): Bucket => ({
  perSecond,
  inUse: new Set(),
  waiting: new Set(),
  capacity: perSecond,
  pausedUntil: 0,
  recoversAt: 0,
  stop: undefined,
});

const acquireFrom = (
  bucket: Bucket,
  operation: Operation,
  { signal, onWait }: AcquireOptions,
  clock: Clock,
): Promise<Permit> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(notSent(operation, 'cancelled', 'it was cancelled'));
    const cancel = () => {
      bucket.waiting.delete(grant);
      reject(notSent(operation, 'cancelled', 'it was cancelled while it waited for the rate limit'));
    };
    const grant = () => {
      signal?.removeEventListener('abort', cancel);
      resolve(createPermit(bucket, clock));
    };
    signal?.addEventListener('abort', cancel, { once: true });
    bucket.waiting.add(grant);
    serve(bucket, clock);
    const before = bucket.waiting.size - 1;
    const milliseconds = Math.ceil((before + 1) / bucket.capacity) * secondMs;
    if (bucket.waiting.has(grant) && milliseconds > minReportedWaitMs) {
      const reason = `the rate limit of ${operation.name} is ${bucket.perSecond} per second; ${before} calls are queued before this one`;
      onWait?.({ reason, milliseconds });
    }
  });

/** Grants permits to waiting callers, as many as are free, and sets a timer for the next one to return. */
const serve = (bucket: Bucket, clock: Clock): void => {
  bucket.stop?.();
  bucket.stop = undefined;
  const now = clock.now();
  for (const permit of bucket.inUse) if (permit.freeAt <= now) bucket.inUse.delete(permit);
  if (bucket.capacity < bucket.perSecond && now >= bucket.recoversAt) {
    bucket.capacity = Math.min(bucket.perSecond, bucket.capacity * 2);
    bucket.recoversAt = now + recoveryMs;
  }
  if (now >= bucket.pausedUntil) {
    for (const grant of bucket.waiting) {
      if (bucket.inUse.size >= bucket.capacity) break;
      bucket.waiting.delete(grant);
      grant();
    }
  }
  if (bucket.waiting.size === 0) return;
  const nextReturn = Math.min(...[...bucket.inUse].map((permit) => permit.freeAt));
  const next = now < bucket.pausedUntil ? bucket.pausedUntil : nextReturn;
  // Where all permits are held, the end of the hold serves the bucket.
  if (Number.isFinite(next)) bucket.stop = clock.after(Math.max(1, next - now), () => serve(bucket, clock));
};

const createPermit = (bucket: Bucket, clock: Clock): Permit => {
  const permit = { freeAt: clock.now() + secondMs + lateMs };
  bucket.inUse.add(permit);
  return {
    hold: () => {
      permit.freeAt = Number.POSITIVE_INFINITY;
    },
    send: () => {
      permit.freeAt = clock.now() + secondMs + lateMs;
      serve(bucket, clock);
    },
    end: () => {
      permit.freeAt = Math.min(permit.freeAt, clock.now() + secondMs + slackMs);
      serve(bucket, clock);
    },
    backOff: () => {
      const now = clock.now();
      bucket.capacity = Math.max(1, Math.floor(bucket.capacity / 2));
      bucket.pausedUntil = now + secondMs;
      bucket.recoversAt = now + recoveryMs;
    },
    release: () => {
      bucket.inUse.delete(permit);
      serve(bucket, clock);
    },
  };
};
