/** Whether a failed call is retried, and when. Pure. */
import { errorCodeOf } from '../../shared/error-code.ts';
import { ApiError, ConfigError, ConfirmationError, InputError, TransportError } from '../../shared/errors.ts';
import { lossOf } from '../failures.ts';

export interface FailedRequest {
  readonly error: unknown;
  /** A second, equal request does no harm: the action reads, is idempotent, or carries a ClientToken. */
  readonly isRetryable: boolean;
  /** How many requests were sent, this one included. */
  readonly requestNumber: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When the call must have ended. */
  readonly deadline: number;
  /** From 0 to 1, without 1. */
  readonly random: number;
}

export type RetryDecision =
  | { readonly isRetried: false }
  | { readonly isRetried: true; readonly afterMs: number; readonly reason: string };

/** Four requests outlast a transient failure; what fails four times will fail a fifth time, and the caller waits. */
const maxRequests = 4;
/** The first wait is short, because most lost connections are idle ones that the server had closed. */
const firstMs = 200;
const maxMs = 8000;
/** The service counts within one second. */
const throttledMs = 1000;
/** With less time left than this a retry would only delay the failure. */
const minUsefulMs = 1000;

/** Exponential backoff with full jitter: calls that failed together do not retry together. */
export const nextRetry = (failed: FailedRequest): RetryDecision => {
  const { isRetryable: isSafe, requestNumber, now, deadline, random } = failed;
  const reason = transientReason(failed.error);
  if (!isSafe || reason === undefined || requestNumber >= maxRequests) return { isRetried: false };
  const first = isThrottled(failed.error) ? throttledMs : firstMs;
  const afterMs = Math.round(random * Math.min(maxMs, first * 2 ** (requestNumber - 1)));
  if (now + afterMs + minUsefulMs > deadline) return { isRetried: false };
  return { isRetried: true, afterMs, reason };
};

export const isThrottled = (error: unknown): boolean =>
  // `SlowDown` is the name object storage has for it.
  error instanceof ApiError && /^(RequestLimitExceeded(\.|$)|SlowDown$)/.test(error.code);

/** The reason of a transient failure, in words; nothing for a permanent one. */
const transientReason = (error: unknown): string | undefined => {
  if (isThrottled(error)) return 'the rate limit of the service was exceeded';
  if (error instanceof ApiError && /^(InternalError|ServiceUnavailable)(\.|$)/.test(error.code)) {
    return `the service failed with ${error.code}`;
  }
  if (error instanceof TransportError && lossOf(error) === 'connection' && !isUnreachable(error)) {
    return 'the connection was lost';
  }
  return undefined;
};

/** A wrong address or a service that is not running is reported at once, not after four requests. */
const isUnreachable = ({ cause }: TransportError): boolean =>
  ['ECONNREFUSED', 'ENOTFOUND'].includes(errorCodeOf(cause) ?? '');

/** Whether a request with this error may have been carried out: it was lost, or the service failed internally. */
export const mayHaveExecutedDespite = (error: unknown): boolean => {
  if (error instanceof TransportError) return error.mayHaveExecuted;
  if (error instanceof ApiError) return /^(InternalError|ServiceUnavailable)(\.|$)/.test(error.code);
  // The other errors of this program are raised before sending; anything else is a bug and says nothing.
  return !(error instanceof ConfigError || error instanceof ConfirmationError || error instanceof InputError);
};
