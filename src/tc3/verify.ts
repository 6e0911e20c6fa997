/** Verifies a TC3-HMAC-SHA256 signature: the service's side. */

import type { Credential } from './sign.ts';
import {
  type Authorization,
  canonicalRequest,
  credentialScope,
  type DeriveKey,
  dateOf,
  derivedKey,
  hashedPayloadOf,
  isEqual,
  parseAuthorization,
  signature,
  stringToSign,
  unsignedPayload,
} from './signature.ts';
import {
  type CredentialsById,
  hostsOf,
  type Refusal,
  refusal,
  timeRefusalOf,
  tokenRefusalOf,
  type Verdict,
} from './verdict.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** The query string as received. */
  readonly query: string;
  /** Names in lower case, values as received. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes as received: a body that was parsed and serialised again has another hash. */
  readonly body: string | Uint8Array;
}

/** What a request says about its signature, checked as far as that is possible without its body. */
interface Claims {
  readonly ok: true;
  readonly stated: Authorization;
  readonly timestamp: string;
  readonly credential: Credential;
}

/**
 * Checks everything about a request but the signature itself, and so needs no body: shape of the header, time, id.
 * @param now milliseconds since 1970
 */
export const verifyClaims = (
  headers: ReceivedRequest['headers'],
  credentials: CredentialsById,
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
  const credential = credentials.get(stated.secretId);
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
 * Checks in this order: shape of the header, time, id, signature, token. The first that fails decides.
 * The service is taken from the credential scope, because some clients derive it from the host name and
 * sign "127" for a loopback address.
 * @param now milliseconds since 1970
 */
export const verify = (
  request: ReceivedRequest,
  credentials: CredentialsById,
  now: number,
  deriveKey: DeriveKey = derivedKey,
): Verdict => {
  const { headers } = request;
  const claims = verifyClaims(headers, credentials, now);
  if (!claims.ok) return claims;
  const { stated, timestamp, credential } = claims;
  const isSigned = headers['x-tc-content-sha256'] !== unsignedPayload;
  const hashedPayload = hashedPayloadOf(request.body, isSigned);
  const key = deriveKey(credential.secretKey, stated.date, stated.service);
  const isValid = hostsOf(headers.host ?? '').some((host) => {
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
  if (!isValid) return refusal('AuthFailure.SignatureFailure', 'The signature does not match the request.');
  return tokenRefusalOf(credential, headers['x-tc-token']) ?? { ok: true, secretId: stated.secretId };
};
