/** Where a request for an object goes. Hosts are built from bucket and region, never taken from a text. */
import { ConfigError, InputError } from '../../shared/errors.ts';
import type { Endpoint } from '../endpoints.ts';
import { bucketForm, type CosObject, keyProblemOf, regionForm } from './cos-object.ts';

/** `internal`: inside the vendor's private networks. `endpoint`: path style on the address of the API, as the local engine serves it. */
export type CosDomain = 'myqcloud.com' | 'tencentcos.cn' | 'internal' | 'endpoint';

export interface CosAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Percent-encoded. */
  readonly path: string;
  /** Decoded, as the signature covers it. */
  readonly signedPath: string;
}

/** Percent-encoding as the signature has it: `encodeURIComponent` leaves `!'()*` as they are. */
export const urlEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const addressOf = (origin: string, signedPath: string): CosAddress => ({
  origin,
  path: signedPath.split('/').map(urlEncode).join('/'),
  signedPath,
});

const hostOf = (bucket: string, region: string, domain: Exclude<CosDomain, 'endpoint'>): string =>
  domain === 'internal'
    ? `${bucket}.cos-internal.${region}.tencentcos.cn`
    : `${bucket}.cos.${region}.${domain}`;

/** Buckets of the cloud end in the id of their account. */
const cloudBucketForm = /-\d{5,15}$/;

/**
 * @param defaultRegion of objects whose address names none
 * @throws InputError or ConfigError where the object cannot be addressed
 */
export const cosAddressOf = async (
  { bucket, region, key }: CosObject,
  endpoint: Endpoint,
  domain: CosDomain,
  defaultRegion: string | undefined,
): Promise<CosAddress> => {
  const where = region ?? defaultRegion;
  // Checked again, because this is where a name becomes a host.
  if (!bucketForm.test(bucket) || (where !== undefined && !regionForm.test(where)))
    throw invalid('The bucket or the region has an invalid name.');
  const problem = keyProblemOf(key);
  if (problem !== undefined) throw invalid(`The key ${problem}.`);
  if (domain === 'endpoint') {
    // With the region where it is known: jobs of the local engine address the same bucket by its whole host.
    const host = region === undefined ? bucket : hostOf(bucket, region, 'myqcloud.com');
    return addressOf(await endpoint.originOf(where ?? 'ap-guangzhou'), `/${host}/${key}`);
  }
  if (where === undefined)
    throw new ConfigError(
      `The region of the bucket ${bucket} is unknown: write cos://${bucket}.cos.REGION.myqcloud.com/…, or start with --region.`,
    );
  if (!cloudBucketForm.test(bucket))
    throw invalid(
      `'${bucket}' is not the complete name of a bucket, which ends in the id of its account (APPID), such as results-1250000000.`,
    );
  return addressOf(`https://${hostOf(bucket, where, domain)}`, `/${key}`);
};

const invalid = (message: string): InputError => new InputError('Object storage', [{ path: '', message }]);
