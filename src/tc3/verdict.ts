/** Results and checks that both signature schemes share. */
import { isEqual } from './digest.ts';
import type { Credential } from './sign.ts';

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
  /** What is wrong, without secrets. */
  readonly reason: string;
}

export type Verdict = { readonly ok: true; readonly secretId: string } | Refusal;

/** Returns the credential of a SecretId. */
export type Lookup = (secretId: string) => Credential | undefined;

export const refusal = (code: RefusalCode, reason: string): Refusal => ({ ok: false, code, reason });

/** The vendor's limit: a request more than five minutes old or ahead is rejected, as a protection against replays. */
export const maxSkewSeconds = 300;

/** @returns a rejection if the time is not a number of seconds or too far from `now` (milliseconds) */
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

/** Temporary credentials require their token, and permanent ones have none. */
export const tokenRefusalOf = (credential: Credential, token: string | undefined): Refusal | undefined =>
  isEqual(credential.token ?? '', token ?? '')
    ? undefined
    : refusal('AuthFailure.TokenFailure', 'The token does not belong to this SecretId.');

/** Some clients send the host with its port and sign it without, so both forms are tried. */
export const hostsOf = (host: string): readonly string[] => [...new Set([host, host.replace(/:\d+$/, '')])];
