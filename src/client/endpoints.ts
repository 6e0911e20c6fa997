/** Which address a call goes to: the vendor's hosts by site and region, or any other address. */
import { nearestHost, regions } from '../catalogue/regions.ts';
import { ConfigError, InputError } from '../shared/errors.ts';
import { isLoopback } from '../shared/loopback.ts';

/** The two sites of the vendor. An account belongs to one of them. */
export type Site = 'cn' | 'intl';

export interface Endpoint {
  /** For people: the address, with `{Region}` where the host depends on the call. */
  readonly name: string;
  /** On this machine: without a rate limit and without a proxy. */
  readonly isLoopback: boolean;
  readonly site: Site;
  /** Scheme, host and port a call for this region goes to. */
  originOf(region: string): string | Promise<string>;
}

/**
 * A service on this machine that is found, or started, by the first call.
 * @param find returns scheme, host and port
 */
export const localEndpoint = (find: () => Promise<string>): Endpoint => ({
  name: 'the local engine',
  isLoopback: true,
  site: 'cn',
  originOf: find,
});

const internationalHost = 'batch.intl.tencentcloudapi.com';
/** Reaches the service from inside the vendor's private networks, without internet access. */
const internalHost = 'batch.internal.tencentcloudapi.com';

/**
 * @param endpoint an http or https address; `regional` for each region's own host; `internal` for the host inside
 *   private networks; undefined for the host of the site that routes to the nearest region
 * @throws ConfigError for anything else
 * @see https://www.tencentcloud.com/document/product/599 (Making API Requests, Request Structure)
 */
export const endpointOf = (endpoint: string | undefined, site: Site = 'cn'): Endpoint => {
  switch (endpoint) {
    case undefined:
      return fixed(`https://${site === 'intl' ? internationalHost : nearestHost}`, site);
    case 'internal':
      return fixed(`https://${internalHost}`, site);
    case 'regional':
      return {
        name: 'https://batch.{Region}.tencentcloudapi.com',
        isLoopback: false,
        site,
        originOf: (region) => `https://${regions[regionOf(region, 'Region')].host}`,
      };
    default:
      return fixed(originOf(endpoint), site);
  }
};

const fixed = (origin: string, site: Site): Endpoint => ({
  name: origin,
  isLoopback: isLoopback(new URL(origin).hostname),
  site,
  originOf: () => origin,
});

const originOf = (endpoint: string): string => {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (!url || !isWeb) {
    throw new ConfigError(
      'The endpoint must begin with https:// or http://, as in https://batch.tencentcloudapi.com or http://127.0.0.1:8080; or be `regional` or `internal`.',
    );
  }
  if (url.username || url.password) {
    throw new ConfigError(
      'The endpoint must not contain a user name or a password; credentials are configured separately.',
    );
  }
  // The signature covers only the path `/`: the service would refuse another one with a less helpful message.
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new ConfigError(`The endpoint must contain only scheme, host and port: ${url.origin}`);
  }
  return url.origin;
};

/**
 * @returns the region
 * @throws InputError for an unknown one, naming those that exist
 */
export const regionOf = (region: string, subject: string): keyof typeof regions => {
  const known = Object.keys(regions) as readonly (keyof typeof regions)[];
  const found = known.find((name) => name === region);
  if (found) return found;
  const message = `There is no region '${region}'. It is one of ${known.join(', ')}.`;
  throw new InputError(subject, [{ path: 'Region', message, code: 'UnsupportedRegion' }]);
};
