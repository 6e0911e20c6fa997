/** Whether a call that failed may be sent again, and when. Pure: everything it knows is given. */
import { ApiError, ConfigError, TransportError } from '../../shared/errors.ts';
import { codeOf, lossOf } from '../failures.ts';

export interface FailedAttempt {
  readonly error: unknown;
  /** A second, equal request does no harm: the action reads, is idempotent, or carries a ClientToken. */
  readonly isSafe: boolean;
  /** How many requests have gone out, this one included. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When the call has to be over. */
  readonly deadline: number;
  /** From 0 to 1, without 1. */
  readonly random: number;
}

export type RetryDecision =
  | { readonly again: false }
  | { readonly again: true; readonly afterMs: number; readonly reason: string };

/** Four requests ride out what is momentary; what fails four times will fail a fifth time, and the caller waits. */
const maxAttempts = 4;
/** The first wait is short, because most lost connections are kept-alive ones that the other side had closed. */
const firstMs = 200;
const maxMs = 8000;
/** Rates are counted within a second, so a refused call waits around one. */
const throttledMs = 1000;
/** A request that has less time left than this would only make the failure later. */
const minUsefulMs = 1000;

/** Exponential, with full jitter: those who failed together do not come back together. */
export const nextRetry = (failed: FailedAttempt): RetryDecision => {
  const { isSafe, attempt, now, deadline, random } = failed;
  const reason = passingReasonOf(failed.error);
  if (!isSafe || reason === undefined || attempt >= maxAttempts) return { again: false };
  const first = isThrottled(failed.error) ? throttledMs : firstMs;
  const afterMs = Math.round(random * Math.min(maxMs, first * 2 ** (attempt - 1)));
  if (now + afterMs + minUsefulMs > deadline) return { again: false };
  return { again: true, afterMs, reason };
};

export const isThrottled = (error: unknown): boolean =>
  error instanceof ApiError && /^RequestLimitExceeded(\.|$)/.test(error.code);

/** What may be over in a moment, in words; nothing for an error that stays. */
const passingReasonOf = (error: unknown): string | undefined => {
  if (isThrottled(error)) return 'the service is called too often';
  if (error instanceof ApiError && /^(InternalError|ServiceUnavailable)(\.|$)/.test(error.code)) {
    return `the service failed with ${error.code}`;
  }
  if (error instanceof TransportError && lossOf(error) === 'connection' && !isNobodyThere(error)) {
    return 'the connection was lost';
  }
  return undefined;
};

/** A wrong address or a service that does not run: the person should hear of it at once, not after four tries. */
const isNobodyThere = ({ cause }: TransportError): boolean =>
  ['ECONNREFUSED', 'ENOTFOUND'].includes(codeOf(cause) ?? '');

/** Whether the request that ended so may have been carried out: it was lost, or the service broke inside. */
export const mayHaveHappened = (error: unknown): boolean => {
  if (error instanceof TransportError) return error.mayHaveHappened;
  if (error instanceof ApiError) return /^(InternalError|ServiceUnavailable)(\.|$)/.test(error.code);
  // Without credentials nothing was signed, so nothing was sent; anything else is a bug of ours that says nothing.
  return !(error instanceof ConfigError);
};
