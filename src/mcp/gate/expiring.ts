/** A bounded map whose entries end by themselves: codes, open questions, refusals. */

export interface Expiring<T> {
  put(key: string, value: T): void;
  get(key: string): T | undefined;
  /** Gets an entry and removes it, so that it works once. */
  take(key: string): T | undefined;
}

// A client that floods the server with previews pushes out its own oldest ones, and not the memory.
const maxEntries = 1_000;

/**
 * Creates such a map.
 * @param lifetime milliseconds an entry lives
 * @param now milliseconds, monotonic enough for minutes
 */
export const createExpiring = <T>(lifetime: number, now: () => number): Expiring<T> => {
  const entries = new Map<string, { readonly value: T; readonly ends: number }>();
  const get = (key: string): T | undefined => {
    const entry = entries.get(key);
    if (entry !== undefined && entry.ends > now()) return entry.value;
    entries.delete(key);
    return undefined;
  };
  return {
    put: (key, value) => {
      entries.delete(key);
      entries.set(key, { value, ends: now() + lifetime });
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    },
    get,
    take: (key) => {
      const value = get(key);
      entries.delete(key);
      return value;
    },
  };
};
