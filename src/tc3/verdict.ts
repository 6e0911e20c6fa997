/** The result of verifying a signature, for both schemes. */

import type { Credential } from './sign.ts';
import { isEqual } from './signature.ts';

export type RefusalCode =
  | 'MissingParameter'
  | 'AuthFailure.InvalidAuthorization'
  | 'AuthFailure.SignatureExpire'
  | 'AuthFailure.SecretIdNotFound'
  | 'AuthFailure.SignatureFailure'
  | 'AuthFailure.TokenFailure';

export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  /** What exactly is wrong, without any secret. */
  readonly reason: string;
}

export type Verdict = { readonly ok: true; readonly secretId: string } | Refusal;

/** The keys that a service knows, by their SecretId. */
export type CredentialsById = ReadonlyMap<string, Credential>;

export const refusal = (code: RefusalCode, reason: string): Refusal => ({ ok: false, code, reason });

/** The vendor's limit: a request older or newer than five minutes is treated as a replay. */
const maxSkewSeconds = 300;

/** @returns a refusal when the time is not a number of seconds, or too far from `now` (milliseconds) */
export const timeRefusalOf = (timestamp: string, now: number): Refusal | undefined => {
  if (timestamp === '') {
    return refusal('MissingParameter', 'The request is missing a required parameter `Timestamp`.');
  }
  if (!/^\d{1,12}$/.test(timestamp)) {
    return refusal('AuthFailure.SignatureExpire', 'The timestamp is not a number of seconds since 1970.');
  }
  const skew = Number(timestamp) - Math.floor(now / 1000);
  if (Math.abs(skew) <= maxSkewSeconds) return undefined;
  const direction = skew < 0 ? 'behind' : 'ahead of';
  return refusal(
    'AuthFailure.SignatureExpire',
    `The timestamp is ${Math.abs(skew)} seconds ${direction} the clock of the server; ${maxSkewSeconds} are allowed.`,
  );
};

/** Temporary keys are valid only with their token, and permanent keys have none. */
export const tokenRefusalOf = (credential: Credential, token: string | undefined): Refusal | undefined =>
  isEqual(credential.token ?? '', token ?? '')
    ? undefined
    : refusal('AuthFailure.TokenFailure', 'The token does not belong to this SecretId.');

/** Some clients sign the host without its port and send it with the port, so both forms are tried. */
export const hostsOf = (host: string): readonly string[] => [...new Set([host, host.replace(/:\d+$/, '')])];
