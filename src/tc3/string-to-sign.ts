/** Stage 2 of TC3-HMAC-SHA256: the string to sign, which binds the canonical request to a time and a service. */
import { sha256Hex } from './digest.ts';

export const algorithm = 'TC3-HMAC-SHA256';

/** @returns the UTC date of a time in seconds, as `YYYY-MM-DD`. The local date would be wrong for hours every day. */
export const dateOf = (timestamp: number): string => new Date(timestamp * 1000).toISOString().slice(0, 10);

export const credentialScope = (date: string, service: string): string => `${date}/${service}/tc3_request`;

/** @param timestamp value of `X-TC-Timestamp`, in seconds since 1970 */
export const stringToSign = (timestamp: string, scope: string, canonicalRequest: string): string =>
  `${algorithm}\n${timestamp}\n${scope}\n${sha256Hex(canonicalRequest)}`;
