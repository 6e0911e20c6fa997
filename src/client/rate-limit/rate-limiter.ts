/** Keeps calls within the documented rate: so many per second for each action, region and account. */
import type { Clock } from '../clock.ts';
import { notSent, type Operation } from '../failures.ts';

/** What has a rate of its own at the service. */
export interface RateLimitKey {
  readonly subject: Operation;
  readonly region: string;
  readonly account: string;
  /** Calls per second; nothing when there is no limit to keep. */
  readonly perSecond: number | undefined;
}

/** The right to send one request. */
export interface Permit {
  /** To be called when an answer, or none, has come. */
  end(): void;
  /** To be called when the service said all the same that this was too fast. */
  slowDown(): void;
}

export interface PaceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told when the wait is long enough for a person to wonder. */
  readonly onWait?: ((wait: { readonly reason: string; readonly milliseconds: number }) => void) | undefined;
}

export interface RateLimiter {
  /**
   * Waits for a turn, first come, first served.
   * @throws TransportError when it is cancelled while it waits
   */
  take(lane: RateLimitKey, options?: PaceOptions): Promise<Permit>;
}

/** The service counts within one second. */
const secondMs = 1000;
/** Timers fire up to a millisecond early and clocks are read in whole ones; this keeps both from counting. */
const slackMs = 15;
/**
 * A request is counted somewhere between its sending and its answer, so its token comes back a second after the answer:
 * then no second of the service's ever holds too many. An answer that is slow gives it back after this all the same.
 */
const lateMs = 250;
const longWaitMs = 1000;
/** After a refusal the rate is halved, because others share the account; it doubles again after each quiet time. */
const quietMs = 10_000;

interface Bucket {
  /** When each token that is out comes back. */
  readonly out: Set<{ backAt: number }>;
  readonly waiting: Set<() => void>;
  capacity: number;
  pausedUntil: number;
  quietUntil: number;
  stop: (() => void) | undefined;
}

const free: Permit = { end: () => {}, slowDown: () => {} };

/** One for the whole process, so that everything in it together keeps to the rate. */
export const createRateLimiter = (clock: Clock): RateLimiter => {
  const buckets = new Map<string, Bucket>();

  const bucketOf = (name: string, capacity: number): Bucket => {
    const known = buckets.get(name);
    if (known) return known;
    const bucket: Bucket = {
      out: new Set(),
      waiting: new Set(),
      capacity,
      pausedUntil: 0,
      quietUntil: 0,
      stop: undefined,
    };
    buckets.set(name, bucket);
    return bucket;
  };

  /** Gives turns to those who wait, as many as there are tokens, and comes back when the next token does. */
  const serve = (bucket: Bucket, perSecond: number): void => {
    bucket.stop?.();
    bucket.stop = undefined;
    const now = clock.now();
    for (const token of bucket.out) if (token.backAt <= now) bucket.out.delete(token);
    if (bucket.capacity < perSecond && now >= bucket.quietUntil) {
      bucket.capacity = Math.min(perSecond, bucket.capacity * 2);
      bucket.quietUntil = now + quietMs;
    }
    if (now >= bucket.pausedUntil) {
      for (const go of bucket.waiting) {
        if (bucket.out.size >= bucket.capacity) break;
        bucket.waiting.delete(go);
        go();
      }
    }
    if (bucket.waiting.size === 0) return;
    const nextBack = Math.min(...[...bucket.out].map((token) => token.backAt));
    const next = now < bucket.pausedUntil ? bucket.pausedUntil : nextBack;
    bucket.stop = clock.after(Math.max(1, next - now), () => serve(bucket, perSecond));
  };

  return {
    take: ({ subject, region, account, perSecond }, { signal, onWait } = {}) => {
      if (perSecond === undefined) return Promise.resolve(free);
      const bucket = bucketOf(`${subject.name}@${region}@${account}`, perSecond);
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(notSent(subject, 'cancelled', 'it was cancelled'));
        const cancel = () => {
          bucket.waiting.delete(go);
          reject(notSent(subject, 'cancelled', 'it was cancelled while it waited for its turn'));
        };
        const go = () => {
          signal?.removeEventListener('abort', cancel);
          const token = { backAt: clock.now() + secondMs + lateMs };
          bucket.out.add(token);
          resolve({
            end: () => {
              token.backAt = Math.min(token.backAt, clock.now() + secondMs + slackMs);
              serve(bucket, perSecond);
            },
            slowDown: () => {
              const now = clock.now();
              bucket.capacity = Math.max(1, Math.floor(bucket.capacity / 2));
              bucket.pausedUntil = now + secondMs;
              bucket.quietUntil = now + quietMs;
            },
          });
        };
        signal?.addEventListener('abort', cancel, { once: true });
        bucket.waiting.add(go);
        serve(bucket, perSecond);
        const before = bucket.waiting.size - 1;
        const milliseconds = Math.ceil((before + 1) / bucket.capacity) * secondMs;
        if (bucket.waiting.has(go) && milliseconds > longWaitMs) {
          const reason = `${subject.name} may be called ${perSecond} times a second; ${before} calls wait before this one`;
          onWait?.({ reason, milliseconds });
        }
      });
    },
  };
};
