/** The documented request rates, enforced on request. */
import { type ActionName, rateOf } from '../../catalogue/index.ts';

/** Whose figures apply: those of the mainland pages, of the international pages, or none. */
type RateSite = 'off' | 'cn' | 'intl';

interface ExceededRate {
  /** Requests of this action so far in the current second, this one included. */
  readonly count: number;
  readonly limit: number;
}

/** @param now milliseconds since 1970 */
type CountRequest = (
  action: ActionName,
  region: string,
  secretId: string,
  now: number,
) => ExceededRate | undefined;

/**
 * Counts requests by action, region and key in whole seconds of the clock, following the service's wording
 * ("request times … in a second"). How the service divides time is not documented.
 * @returns a function that counts one request and returns the exceeded rate, if any; undefined for `off`
 */
export const createRateLimit = (site: RateSite): CountRequest | undefined => {
  if (site === 'off') return undefined;
  let second = 0;
  const counts = new Map<string, number>();
  return (action, region, secretId, now) => {
    const limit = rateOf(action, site);
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      counts.clear();
    }
    const key = `${action}@${region}@${secretId}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count > limit ? { count, limit } : undefined;
  };
};
