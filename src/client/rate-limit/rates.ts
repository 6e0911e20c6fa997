/** The documented rate of each action, by site. */
import { type ActionName, rateOf } from '../../catalogue/index.ts';
import type { Endpoint, Site } from '../endpoints.ts';

export interface RateOptions {
  /** Keep the rates of this site, also where the endpoint has none. */
  readonly rateLimit?: Site | undefined;
  readonly noRateLimit?: boolean;
}

/** @returns calls per second; nothing for this machine, which has no rate limit unless one is configured */
export const rateLookupOf =
  (endpoint: Endpoint, { rateLimit, noRateLimit = false }: RateOptions = {}) =>
  (action: ActionName): number | undefined => {
    if (noRateLimit) return undefined;
    const site = rateLimit ?? (endpoint.isLoopback ? undefined : endpoint.site);
    return site === undefined ? undefined : rateOf(action, site);
  };
