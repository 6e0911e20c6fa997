/** What all API clients of one process share, so that together they keep the rate limit and create nothing twice. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { errorCodeOf } from '../shared/error-code.ts';
import { type Clock, steadyClock, systemClock } from './clock.ts';
import { createIdempotencyStore, type IdempotencyStore } from './idempotency/idempotency-store.ts';
import { createRateLimiter, type RateLimiter } from './rate-limit/rate-limiter.ts';

export interface ProcessState {
  readonly rateLimiter: RateLimiter;
  readonly idempotencyStore: IdempotencyStore;
  readonly clock: Clock;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
}

/**
 * To be created once per process.
 * @param dataDir requests that are in flight or unresolved are stored in `intents` below it; the directory is created by the first
 */
export const createProcessState = (dataDir: string): ProcessState => ({
  rateLimiter: createRateLimiter(steadyClock),
  idempotencyStore: createIdempotencyStore({
    dir: join(dataDir, 'intents'),
    now: systemClock.now,
    newToken: randomUUID,
    pid: process.pid,
    isAlive,
  }),
  clock: systemClock,
  random: Math.random,
});

/** Signal 0 only checks for the process; EPERM means that it is alive and belongs to another user. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'EPERM';
  }
};
