/** Verifies a TC3-HMAC-SHA256 signature. */
import { type Authorization, parseAuthorization, signature } from './authorization.ts';
import { canonicalRequest, hashedPayloadOf, unsignedPayload } from './canonical-request.ts';
import { type DeriveKey, derivedKey } from './derived-key.ts';
import { isEqual } from './digest.ts';
import type { Credential } from './sign.ts';
import { credentialScope, dateOf, stringToSign } from './string-to-sign.ts';
import {
  hostsOf,
  type Lookup,
  type Refusal,
  refusal,
  timeRefusalOf,
  tokenRefusalOf,
  type Verdict,
} from './verdict.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** The raw query string. */
  readonly query: string;
  /** Names in lower case, raw values. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The raw body: parsing and serializing it again would change its hash. */
  readonly body: string | Uint8Array;
}

/** The signature data of a request, checked as far as possible without its body. */
interface Claims {
  readonly ok: true;
  readonly stated: Authorization;
  readonly timestamp: string;
  readonly credential: Credential;
}

/**
 * Checks everything except the signature itself, so it needs no body: form of the header, time, id.
 * @param now milliseconds since 1970
 */
export const verifyClaims = (
  headers: ReceivedRequest['headers'],
  lookup: Lookup,
  now: number,
): Claims | Refusal => {
  const stated = parseAuthorization(headers.authorization ?? '');
  if (!stated) {
    return refusal(
      'AuthFailure.InvalidAuthorization',
      'The Authorization header does not have the documented form.',
    );
  }
  const missing = ['content-type', 'host'].find((name) => !stated.signedHeaders.includes(name));
  if (missing) return refusal('AuthFailure.InvalidAuthorization', `SignedHeaders must name \`${missing}\`.`);
  const absent = stated.signedHeaders.find((name) => headers[name] === undefined);
  if (absent) {
    return refusal(
      'AuthFailure.InvalidAuthorization',
      `SignedHeaders names \`${absent}\`, which was not sent.`,
    );
  }
  const timestamp = headers['x-tc-timestamp'] ?? '';
  const outOfTime = timeRefusalOf(timestamp, now);
  if (outOfTime) return outOfTime;
  const credential = lookup(stated.secretId);
  if (!credential) return refusal('AuthFailure.SecretIdNotFound', 'The SecretId is not known here.');
  if (stated.date !== dateOf(Number(timestamp))) {
    return refusal(
      'AuthFailure.SignatureFailure',
      'The date of the credential scope is not the UTC date of the timestamp.',
    );
  }
  return { ok: true, stated, timestamp, credential };
};

/**
 * Checks in this order: form of the header, time, id, signature, token. The first failure is returned.
 * The service is taken from the credential scope, because some clients derive it from the host name and
 * sign "127" for a loopback address.
 * @param now milliseconds since 1970
 */
export const verify = (
  request: ReceivedRequest,
  lookup: Lookup,
  now: number,
  deriveKey: DeriveKey = derivedKey,
): Verdict => {
  const { headers } = request;
  const claims = verifyClaims(headers, lookup, now);
  if (!claims.ok) return claims;
  const { stated, timestamp, credential } = claims;
  const isSigned = headers['x-tc-content-sha256'] !== unsignedPayload;
  const hashedPayload = hashedPayloadOf(request.body, isSigned);
  const key = deriveKey(credential.secretKey, stated.date, stated.service);
  const isRight = hostsOf(headers.host ?? '').some((host) => {
    const canonical = canonicalRequest({
      method: request.method,
      query: request.query,
      headers: { ...headers, host },
      signedHeaders: stated.signedHeaders,
      hashedPayload,
    });
    const text = stringToSign(timestamp, credentialScope(stated.date, stated.service), canonical);
    return isEqual(signature(key, text), stated.signature);
  });
  if (!isRight)
    return refusal('AuthFailure.SignatureFailure', 'The signature is not the one of this request.');
  return tokenRefusalOf(credential, headers['x-tc-token']) ?? { ok: true, secretId: stated.secretId };
};
