/** A bounded map whose entries expire. */
import { LRUCache } from 'lru-cache';

export interface ExpiringMap<T> {
  set(key: string, value: T): void;
  get(key: string): T | undefined;
  /** Returns an entry and removes it, so that it works once. */
  take(key: string): T | undefined;
  clear(): void;
}

/**
 * Creates the map.
 * @param ttlMs how long an entry lives, in milliseconds
 * @param max entries; the least recently used is dropped first
 * @param now milliseconds
 */
export const createExpiringMap = <T extends object | string | number | true>({
  ttlMs,
  max,
  now,
}: {
  readonly ttlMs: number;
  readonly max: number;
  readonly now: () => number;
}): ExpiringMap<T> => {
  const cache = new LRUCache<string, T>({
    max,
    // The library keeps an entry up to and including its age; ours ends with it.
    ttl: ttlMs - 1,
    // Without this the library reads its clock at most once a millisecond, with a timer.
    ttlResolution: 0,
    // It takes a start of 0 for "no end".
    perf: { now: () => now() + 1 },
  });
  return {
    set: (key, value) => void cache.set(key, value),
    get: (key) => cache.get(key),
    take: (key) => {
      const value = cache.get(key);
      cache.delete(key);
      return value;
    },
    clear: () => cache.clear(),
  };
};
