/** Stage 1 of TC3-HMAC-SHA256: the canonical request. */
import { sha256Hex } from './digest.ts';

export interface CanonicalParts {
  readonly method: string;
  /** The query string of the request line, neither decoded nor sorted. Empty for POST. */
  readonly query: string;
  /** Names in lower case. Must include every signed header. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names in lower case, in signing order. */
  readonly signedHeaders: readonly string[];
  readonly hashedPayload: string;
}

/** Signed in place of the payload if `X-TC-Content-SHA256` has this value. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** @returns hex SHA-256 of the raw body, or of the literal word if the body is not signed */
export const hashedPayloadOf = (body: string | Uint8Array, isSigned = true): string =>
  sha256Hex(isSigned ? body : unsignedPayload);

/**
 * The vendor converts names and values to lower case and trims them: `x-tc-action:describejobs`.
 * The URI is always `/` in this API.
 * https://www.tencentcloud.com/document/product/845/32206
 */
export const canonicalRequest = (parts: CanonicalParts): string => {
  const lines = parts.signedHeaders.map(
    (name) => `${name}:${(parts.headers[name] ?? '').trim().toLowerCase()}\n`,
  );
  // The header block ends with a newline, so an empty line separates it from the list of names.
  return `${parts.method}\n/\n${parts.query}\n${lines.join('')}\n${parts.signedHeaders.join(';')}\n${parts.hashedPayload}`;
};
