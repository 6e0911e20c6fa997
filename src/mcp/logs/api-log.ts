/** A log as the API returns it: a part of one stream of one instance. */

import { hidePrivateKeys } from './private-keys.ts';

/** What the API returns of one stream of one instance. The vendor does not document whether it is the head or the tail. */
export const logBytes = 2048;

/**
 * The bytes of a log as the API returns it: `data:text/plain;charset=utf-8;base64,…`. They are compared, not shown:
 * private keys are in them.
 * @returns anything else as UTF-8
 */
export const rawBytesOfLog = (log: string | null | undefined): Buffer => {
  if (!log) return Buffer.alloc(0);
  const match = /^data:[^,]*;base64,([A-Za-z0-9+/=\s]*)$/.exec(log);
  return match?.[1] === undefined ? Buffer.from(log) : Buffer.from(match[1], 'base64');
};

/** The same with the bodies of private keys hidden. */
export const bytesOfLog = (log: string | null | undefined): Buffer =>
  hidePrivateKeys(rawBytesOfLog(log)).bytes;

/** The same as text. */
export const decodeLog = (log: string | null | undefined): string => bytesOfLog(log).toString('utf8');

/** Whether the stream may be longer: truncation inside a character of several bytes leaves up to three bytes fewer. */
export const isPart = (bytes: number): boolean => bytes >= logBytes - 3;
