/** Waiting that a cancelled request ends at once. */
import { setTimeout as delay } from 'node:timers/promises';

/** @throws the signal's AbortError when it is aborted while waiting, or was before */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const wait: Wait = (milliseconds, signal) => delay(milliseconds, undefined, { signal });
