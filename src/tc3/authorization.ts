/** Stage 4 of TC3-HMAC-SHA256: formats and parses the `Authorization` header. */
import { hmacSha256 } from './digest.ts';
import { algorithm } from './string-to-sign.ts';

export interface Authorization {
  readonly secretId: string;
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** 64 hex digits if valid; a parsed one may be any string without spaces. */
  readonly signature: string;
}

export const signature = (derivedKey: Uint8Array, stringToSign: string): string =>
  hmacSha256(derivedKey, stringToSign).toString('hex');

export const authorization = (parts: Authorization): string =>
  `${algorithm} Credential=${parts.secretId}/${parts.date}/${parts.service}/tc3_request, SignedHeaders=${parts.signedHeaders.join(';')}, Signature=${parts.signature}`;

const shape =
  /^TC3-HMAC-SHA256 Credential=([^/\s,]+)\/(\d{4}-\d{2}-\d{2})\/([^/\s,]+)\/tc3_request, *SignedHeaders=([^\s,]+), *Signature=([^\s,]+)$/;

/** @returns the parts of the header, or undefined if it has another form */
export const parseAuthorization = (header: string): Authorization | undefined => {
  const [, secretId, date, service, names, signed] = shape.exec(header) ?? [];
  if (!secretId || !date || !service || !names || !signed) return undefined;
  return { secretId, date, service, signedHeaders: names.split(';'), signature: signed };
};
