/** One request of the object storage protocol: bucket, key and parameters from the URL, and who signed it. */
import type { IncomingMessage } from 'node:http';
import { type CosVerdict, verifyCos } from '../../cos/verify.ts';
import { CosError } from './errors.ts';

export interface CosCall {
  readonly method: string;
  /** Empty for the list of buckets. */
  readonly bucket: string;
  /** Decoded; empty for a request about the bucket itself. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The documented limit of a key. */
const maxKeyBytes = 850;
/** Only names of this form become directories; the vendor's bucket names are `name-appid`. */
const bucketForm = /^[a-z0-9][a-z0-9.-]{0,126}$/i;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new CosError('InvalidURI', 'The path or a parameter is not valid percent-encoded UTF-8.');
  }
};

const queryOf = (text: string): ReadonlyMap<string, string> => {
  const query = new Map<string, string>();
  for (const part of text.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decoded(at < 0 ? part : part.slice(0, at));
    query.set(name, at < 0 ? '' : decoded(part.slice(at + 1).replaceAll('+', '%20')));
  }
  return query;
};

/**
 * Reads and authenticates a request before its body is read: the signature covers only the head.
 * @param secretKeyOf the key that belongs to an id
 * @param now milliseconds since 1970
 * @throws CosError where it is refused
 */
export const cosCallOf = (
  incoming: IncomingMessage,
  secretKeyOf: (secretId: string) => string | undefined,
  now: number,
): CosCall => {
  const url = incoming.url ?? '/';
  const at = url.indexOf('?');
  const path = decoded(at < 0 ? url : url.slice(0, at));
  const query = queryOf(at < 0 ? '' : url.slice(at + 1));
  const method = incoming.method ?? '';
  const headers = Object.fromEntries(
    Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values?.[0]]),
  );
  const verdict: CosVerdict = verifyCos({ method, path, query, headers }, secretKeyOf, now);
  if (!verdict.ok) throw new CosError(verdict.code, verdict.reason);
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?([\s\S]*)$/.exec(path) ?? [];
  if (bucket !== '' && !bucketForm.test(bucket))
    throw new CosError('InvalidURI', 'The name of the bucket is invalid.');
  if (Buffer.byteLength(key) > maxKeyBytes)
    throw new CosError('KeyTooLong', `A key has at most ${maxKeyBytes} bytes.`);
  return { method, bucket, key, query, headers };
};
