/** Signs a request: the client's side of TC3-HMAC-SHA256. */
import {
  authorization,
  canonicalRequest,
  credentialScope,
  type DeriveKey,
  dateOf,
  derivedKey,
  hashedPayloadOf,
  signature,
  stringToSign,
} from './signature.ts';

export interface Credential {
  readonly secretId: string;
  readonly secretKey: string;
  /** Of temporary keys only. */
  readonly token?: string | undefined;
}

export interface UnsignedRequest {
  readonly method: 'POST' | 'GET';
  /** As in the Host header: with the port, unless it is the default one. */
  readonly host: string;
  readonly service: string;
  readonly action: string;
  readonly version: string;
  readonly region?: string | undefined;
  /** GET only: the query string. */
  readonly query?: string;
  /** POST only: the bytes that are sent. */
  readonly body?: string | Uint8Array;
  /** Further headers, which are signed as well. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type SignedHeaders = Readonly<Record<string, string>>;

const contentTypes = { POST: 'application/json', GET: 'application/x-www-form-urlencoded' } as const;

/**
 * Signs content type, host and action; the other `X-TC-…` headers are outside the signature in this scheme.
 * @param now milliseconds since 1970
 * @param deriveKey a function of `createDeriveKey`, shared by many calls, derives the key of a day once
 * @returns every header the request needs, names in lower case
 * https://www.tencentcloud.com/document/product/845/32206
 */
export const sign = (
  request: UnsignedRequest,
  credential: Credential,
  now: number,
  deriveKey: DeriveKey = derivedKey,
): SignedHeaders => {
  const seconds = Math.floor(now / 1000);
  const timestamp = String(seconds);
  const date = dateOf(seconds);
  const signedHeaders = ['content-type', 'host', 'x-tc-action', ...Object.keys(request.headers ?? {})];
  const headers = {
    ...request.headers,
    'content-type': contentTypes[request.method],
    host: request.host,
    'x-tc-action': request.action,
    'x-tc-version': request.version,
    'x-tc-timestamp': timestamp,
    ...(request.region === undefined ? {} : { 'x-tc-region': request.region }),
    ...(credential.token === undefined ? {} : { 'x-tc-token': credential.token }),
  };
  const canonical = canonicalRequest({
    method: request.method,
    query: request.query ?? '',
    headers,
    signedHeaders,
    hashedPayload: hashedPayloadOf(request.body ?? ''),
  });
  const text = stringToSign(timestamp, credentialScope(date, request.service), canonical);
  const key = deriveKey(credential.secretKey, date, request.service);
  return {
    ...headers,
    authorization: authorization({
      secretId: credential.secretId,
      date,
      service: request.service,
      signedHeaders,
      signature: signature(key, text),
    }),
  };
};
