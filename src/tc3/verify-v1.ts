/** Verifies an HmacSHA1 or HmacSHA256 signature, the older scheme that the international SDK uses by default. */
import { createHmac } from 'node:crypto';
import { isEqual } from './signature.ts';
import {
  type CredentialsById,
  hostsOf,
  refusal,
  timeRefusalOf,
  tokenRefusalOf,
  type Verdict,
} from './verdict.ts';

export interface ReceivedRequestV1 {
  readonly method: string;
  readonly host: string;
  /** The parameters of the query or the form, decoded, nested ones still dotted: `Filters.0.Name`. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** All parameters but the signature, sorted by code unit, values before URL encoding. */
export const stringToSignV1 = (request: ReceivedRequestV1): string => {
  const pairs = [...request.parameters].filter(([name]) => name !== 'Signature');
  pairs.sort(([one], [other]) => (one < other ? -1 : 1));
  return `${request.method}${request.host}/?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`;
};

export const signatureV1 = (secretKey: string, text: string, hash: 'sha1' | 'sha256'): string =>
  createHmac(hash, secretKey).update(text).digest('base64');

/**
 * Same order as for TC3: required parameters, time, id, signature, token.
 * @param now milliseconds since 1970
 * https://www.tencentcloud.com/document/product/845/32207
 */
export const verifyV1 = (request: ReceivedRequestV1, credentials: CredentialsById, now: number): Verdict => {
  const { parameters } = request;
  for (const name of ['SecretId', 'Signature', 'Nonce']) {
    if (!parameters.get(name)) {
      return refusal('MissingParameter', `The request is missing a required parameter \`${name}\`.`);
    }
  }
  const outOfTime = timeRefusalOf(parameters.get('Timestamp') ?? '', now);
  if (outOfTime) return outOfTime;
  const secretId = parameters.get('SecretId') ?? '';
  const credential = credentials.get(secretId);
  if (!credential) return refusal('AuthFailure.SecretIdNotFound', 'The SecretId is not known here.');
  // The vendor: HmacSHA256 only when it is named, HmacSHA1 in every other case.
  const hash = parameters.get('SignatureMethod') === 'HmacSHA256' ? 'sha256' : 'sha1';
  const isValid = hostsOf(request.host).some((host) =>
    isEqual(
      signatureV1(credential.secretKey, stringToSignV1({ ...request, host }), hash),
      parameters.get('Signature') ?? '',
    ),
  );
  if (!isValid) return refusal('AuthFailure.SignatureFailure', 'The signature does not match the request.');
  return tokenRefusalOf(credential, parameters.get('Token')) ?? { ok: true, secretId };
};
