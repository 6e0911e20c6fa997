/** What all clients of one process have in common, so that together they keep the rate and do a thing once. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
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
 * To be made once in a process.
 * @param dataDir intents are kept in `intents` below it; the folder is made when the first is written
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

/** Signal 0 asks without sending anything; a process of another user answers EPERM and is alive. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
