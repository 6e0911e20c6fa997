/**
 * The stages of TC3-HMAC-SHA256, which the client's and the service's side share: the canonical request, the string to
 * sign, the key of a day, the signature, and the `Authorization` header.
 * https://www.tencentcloud.com/document/product/845/32206
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';

export const sha256Hex = (data: string | Uint8Array): string => hash('sha256', data);

const hmacSha256 = (key: string | Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** Compares two texts in constant time. */
export const isEqual = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

export interface CanonicalParts {
  readonly method: string;
  /** The query string as it is sent; empty for POST. */
  readonly query: string;
  /** Names in lower case, values as they are sent. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names in lower case, in the order in which they are signed. */
  readonly signedHeaders: readonly string[];
  readonly hashedPayload: string;
}

/** What a client may sign instead of the payload, and the value of `X-TC-Content-SHA256` that announces it. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** @returns hex SHA-256 of the body as it is sent; of the literal word when the body is not signed. */
export const hashedPayloadOf = (body: string | Uint8Array, isSigned = true): string =>
  sha256Hex(isSigned ? body : unsignedPayload);

/**
 * Stage 1. The vendor lower-cases names and values and trims them: `x-tc-action:describejobs`.
 * The URI is always `/` in this API.
 */
export const canonicalRequest = (parts: CanonicalParts): string => {
  const lines = parts.signedHeaders.map(
    (name) => `${name}:${(parts.headers[name] ?? '').trim().toLowerCase()}\n`,
  );
  // The header block ends with a newline, so there is an empty line between it and the list of names.
  return `${parts.method}\n/\n${parts.query}\n${lines.join('')}\n${parts.signedHeaders.join(';')}\n${parts.hashedPayload}`;
};

const algorithm = 'TC3-HMAC-SHA256';

/** @returns the UTC date of a time in seconds, as `YYYY-MM-DD`. The local date would be wrong for hours every day. */
export const dateOf = (timestamp: number): string => new Date(timestamp * 1000).toISOString().slice(0, 10);

export const credentialScope = (date: string, service: string): string => `${date}/${service}/tc3_request`;

/**
 * Stage 2: when and for what the canonical request is valid.
 * @param timestamp seconds since 1970 as in `X-TC-Timestamp`
 */
export const stringToSign = (timestamp: string, scope: string, request: string): string =>
  `${algorithm}\n${timestamp}\n${scope}\n${sha256Hex(request)}`;

export type DeriveKey = (secretKey: string, date: string, service: string) => Uint8Array;

/** Stage 3: the key of one day and one service. The secret key itself never signs anything. */
export const derivedKey: DeriveKey = (secretKey, date, service) =>
  hmacSha256(hmacSha256(hmacSha256(`TC3${secretKey}`, date), service), 'tc3_request');

/**
 * A derivation with a cache: the key is the same all day, and three of the four HMACs of a signature compute it.
 * @param max cached keys; the oldest is dropped first. A service name comes from the caller, so without a bound a
 *   caller could fill the memory; sixteen are enough for a handful of accounts across midnight.
 */
export const createDeriveKey = (max = 16): DeriveKey => {
  const cache = new Map<string, Uint8Array>();
  return (secretKey, date, service) => {
    const name = `${date}/${service}/${secretKey}`;
    const cached = cache.get(name);
    if (cached) return cached;
    const key = derivedKey(secretKey, date, service);
    for (const oldest of cache.keys()) {
      if (cache.size < max) break;
      cache.delete(oldest);
    }
    cache.set(name, key);
    return key;
  };
};

/** Stage 4. */
export const signature = (key: Uint8Array, text: string): string => hmacSha256(key, text).toString('hex');

export interface Authorization {
  readonly secretId: string;
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** 64 hex digits when it is correct; any text without a space when it was read from a request. */
  readonly signature: string;
}

export const authorization = (parts: Authorization): string =>
  `${algorithm} Credential=${parts.secretId}/${parts.date}/${parts.service}/tc3_request, SignedHeaders=${parts.signedHeaders.join(';')}, Signature=${parts.signature}`;

const headerForm =
  /^TC3-HMAC-SHA256 Credential=([^/\s,]+)\/(\d{4}-\d{2}-\d{2})\/([^/\s,]+)\/tc3_request, *SignedHeaders=([^\s,]+), *Signature=([^\s,]+)$/;

/** @returns the parts of the header; nothing when it has another form */
export const parseAuthorization = (header: string): Authorization | undefined => {
  const [, secretId, date, service, names, signed] = headerForm.exec(header) ?? [];
  if (!secretId || !date || !service || !names || !signed) return undefined;
  return { secretId, date, service, signedHeaders: names.split(';'), signature: signed };
};
