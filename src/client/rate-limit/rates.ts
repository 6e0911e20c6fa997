/** How many calls per second each action allows, by site. */
import { type ActionName, rateOf } from '../../catalogue/index.ts';
import type { Endpoint, Site } from '../endpoints.ts';

export interface RateOptions {
  /** Keep to the rates of this site, also where the endpoint has none. */
  readonly rateLimit?: Site | undefined;
  readonly noRateLimit?: boolean;
}

/** @returns the figure to keep to; nothing for this machine, which has no rate, unless one was asked for */
export const rateLookupOf =
  (endpoint: Endpoint, { rateLimit, noRateLimit = false }: RateOptions = {}) =>
  (action: ActionName): number | undefined => {
    if (noRateLimit) return undefined;
    const site = rateLimit ?? (endpoint.isLoopback ? undefined : endpoint.site);
    return site === undefined ? undefined : rateOf(action, site);
  };
