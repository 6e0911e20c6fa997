/** Verifies a COS signature from the header `Authorization` or from the query of a pre-signed link. */
import { timingSafeEqual } from 'node:crypto';
import { signatureOf } from './sign.ts';

export interface ReceivedCosRequest {
  readonly method: string;
  /** Decoded, with the leading slash. */
  readonly path: string;
  /** Decoded query parameters, names as received. */
  readonly query: ReadonlyMap<string, string>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export type CosVerdict =
  | { readonly ok: true; readonly secretId: string }
  | {
      readonly ok: false;
      readonly code: 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | 'RequestTimeTooSkewed';
      readonly reason: string;
    };

/** Clocks of clients differ by seconds; the service tolerates minutes. */
const maxSkewSeconds = 300;

/** Whether a request carries a COS signature at all: every other request is one of the batch API. */
export const isCosRequest = (authorization: string | undefined, url: string): boolean =>
  (authorization ?? '').includes('q-sign-algorithm=') || /[?&]q-sign-algorithm=/.test(url);

const refuse = (
  code: Exclude<CosVerdict, { ok: true }>['code'],
  reason: string,
): Exclude<CosVerdict, { ok: true }> => ({ ok: false, code, reason });

const fieldNames = [
  'q-sign-algorithm',
  'q-ak',
  'q-sign-time',
  'q-key-time',
  'q-header-list',
  'q-url-param-list',
  'q-signature',
] as const;
type Stated = Readonly<Record<(typeof fieldNames)[number], string>>;

/** @returns the seven fields, or undefined where one is missing */
const statedOf = ({ headers, query }: ReceivedCosRequest): Stated | undefined => {
  const fields = new Map(query);
  for (const part of (headers.authorization ?? '').split('&')) {
    const at = part.indexOf('=');
    if (at > 0) fields.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  const stated = fieldNames.map((name) => [name, fields.get(name)] as const);
  return stated.every(([, value]) => value !== undefined)
    ? (Object.fromEntries(stated) as unknown as Stated)
    : undefined;
};

const selected = (
  list: string,
  find: (name: string) => string | undefined,
): Record<string, string> | undefined => {
  const values: Record<string, string> = {};
  for (const name of list.split(';').filter(Boolean)) {
    const value = find(decodeURIComponent(name));
    if (value === undefined) return undefined;
    values[name] = value;
  }
  return values;
};

/**
 * Checks in this order: the seven fields, the validity, the id, the signature.
 * @param secretKeyOf the key that belongs to an id
 * @param now milliseconds since 1970
 */
export const verifyCos = (
  request: ReceivedCosRequest,
  secretKeyOf: (secretId: string) => string | undefined,
  now: number,
): CosVerdict => {
  const stated = statedOf(request);
  if (!stated) return refuse('AccessDenied', 'The signature lacks one of its seven fields.');
  if (stated['q-sign-algorithm'] !== 'sha1')
    return refuse('AccessDenied', 'The signature algorithm is not sha1.');
  const [, start, end] = /^(\d{1,12});(\d{1,12})$/.exec(stated['q-sign-time']) ?? [];
  if (start === undefined || end === undefined)
    return refuse('AccessDenied', 'q-sign-time is not `start;end`.');
  const seconds = now / 1000;
  if (seconds > Number(end)) return refuse('AccessDenied', 'The request has expired.');
  if (seconds < Number(start) - maxSkewSeconds)
    return refuse(
      'RequestTimeTooSkewed',
      'The signature is not valid yet: the clock of the client is ahead.',
    );
  const secretKey = secretKeyOf(stated['q-ak']);
  if (secretKey === undefined) return refuse('InvalidAccessKeyId', 'The SecretId is unknown to this engine.');
  const lowerQuery = new Map([...request.query].map(([name, value]) => [name.toLowerCase(), value]));
  const headers = selected(stated['q-header-list'], (name) => request.headers[name]);
  const params = selected(stated['q-url-param-list'], (name) => lowerQuery.get(name));
  if (!headers || !params)
    return refuse('SignatureDoesNotMatch', 'The signature covers a header or parameter that was not sent.');
  const expected = signatureOf(
    { method: request.method, path: request.path, params, headers },
    secretKey,
    stated['q-key-time'],
  );
  return isEqual(expected, stated['q-signature'])
    ? { ok: true, secretId: stated['q-ak'] }
    : refuse('SignatureDoesNotMatch', 'The signature does not match this request.');
};

const isEqual = (one: string, other: string): boolean => {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
};
