/** Stage 1 of TC3-HMAC-SHA256: the request as one text, the same on both sides. */
import { sha256Hex } from './digest.ts';

export interface CanonicalParts {
  readonly method: string;
  /** What follows `?` in the request line, byte for byte: neither decoded nor sorted. Empty for POST. */
  readonly query: string;
  /** Names in lower case. Must hold every signed header. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names in lower case, in the order in which they are signed. */
  readonly signedHeaders: readonly string[];
  readonly hashedPayload: string;
}

/** What a client may sign instead of the payload, and the value of `X-TC-Content-SHA256` that says so. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** @returns hex SHA-256 of the body as it travels; of the literal word when the body is not signed. */
export const hashedPayloadOf = (body: string | Uint8Array, isSigned = true): string =>
  sha256Hex(isSigned ? body : unsignedPayload);

/**
 * The vendor lower-cases names and values and trims them: `x-tc-action:describejobs`.
 * The URI is always `/` in this API.
 * https://www.tencentcloud.com/document/product/845/32206
 */
export const canonicalRequest = (parts: CanonicalParts): string => {
  const lines = parts.signedHeaders.map(
    (name) => `${name}:${(parts.headers[name] ?? '').trim().toLowerCase()}\n`,
  );
  // The header block ends with a newline of its own, so an empty line stands between it and the list of names.
  return `${parts.method}\n/\n${parts.query}\n${lines.join('')}\n${parts.signedHeaders.join(';')}\n${parts.hashedPayload}`;
};
