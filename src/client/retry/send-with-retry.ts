/** One call from its first request to its end: acquire a permit, check, sign, send, read the response, decide about a retry. */
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { DeriveKey } from '../../tc3/signature.ts';
import type { ClockSkew } from '../clock.ts';
import { type Clock, wait } from '../clock.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { notSent, type Operation, outcomeUnknown } from '../failures.ts';
import type { Permit, RateLimiter } from '../rate-limit/rate-limiter.ts';
import type { HttpAnswer, Transport } from '../transport.ts';
import { type ResponseFields, requestOf, responseOf } from '../wire.ts';
import { isThrottled, mayHaveExecutedDespite, nextRetry } from './retry-policy.ts';

/** Why a call waits, and for how long at most. */
export interface Wait {
  readonly reason: string;
  readonly milliseconds: number;
}

/** An HTTP request of a call, about to be sent. */
export interface OutgoingRequest {
  /** 1 for the first. */
  readonly requestNumber: number;
  /** An earlier request of this call may have been carried out: it had no response, or an internal error. */
  readonly mayHaveExecuted: boolean;
  /** Aborted when the call is cancelled or its time is up; for reads made before sending. */
  readonly signal: AbortSignal;
}

/** @returns `already-done` where the effect has been reached, which counts only if an earlier request may have been carried out */
export type BeforeSend = (request: OutgoingRequest) => Promise<'send' | 'already-done'>;

export interface RetryableRequest {
  readonly operation: Operation & {
    /** A second, equal request does no harm: the action reads, is idempotent, or carries a ClientToken. */
    readonly isRetryable: boolean;
  };
  /** Scheme, host and port. */
  readonly origin: string;
  readonly region: string;
  readonly account: string;
  readonly body: string;
  /** Selects an attempt of a task instance; not an HTTP request. */
  readonly instanceAttempt?: number | undefined;
  readonly perSecond: number | undefined;
  /** For the whole call, counted from its first permit. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((wait: Wait) => void) | undefined;
  readonly beforeSend?: BeforeSend | undefined;
}

export interface Sender {
  readonly rateLimiter: RateLimiter;
  readonly transport: Transport;
  /** Read before every request, so that rotated keys take effect. */
  readonly credentials: Credentials;
  readonly deriveKey: DeriveKey;
  readonly clock: Clock;
  readonly skew: ClockSkew;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
  readonly version: string;
}

/** How a call ended. `mayHaveExecuted`: some request of it may have been carried out, although no response says so. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: ResponseFields; readonly mayHaveExecuted: boolean }
  | { readonly kind: 'error'; readonly error: unknown; readonly mayHaveExecuted: boolean }
  | { readonly kind: 'already-done'; readonly mayHaveExecuted: true };

export const sendWithRetry = async (request: RetryableRequest, sender: Sender): Promise<Outcome> => {
  const { operation, signal } = request;
  const { clock, skew, random } = sender;
  let deadline = Number.POSITIVE_INFINITY;
  let mayHaveExecuted = false;
  let isSkewCorrected = false;
  for (let requestNumber = 1; ; requestNumber++) {
    const admitted = await admit(request, { requestNumber, mayHaveExecuted, deadline }, sender);
    if (admitted.kind !== 'send') return admitted;
    const { permit } = admitted;
    deadline = admitted.deadline;
    const signedAt = skew.now();
    let answer: HttpAnswer | undefined;
    try {
      const { credential } = await sender.credentials.get();
      const timeoutMs = Math.max(1, deadline - clock.now());
      permit.send();
      answer = await sender.transport.send(
        requestOf(request, { ...sender, credential, signedAt, timeoutMs }),
      );
      const value = responseOf(operation, request.origin, answer, [credential.secretKey, credential.token]);
      permit.end();
      return { kind: 'value', value, mayHaveExecuted };
    } catch (error) {
      // In this order: the end of a permit admits the next call.
      if (isThrottled(error)) permit.backOff();
      permit.end();
      if (isSignatureExpired(error) && !isSkewCorrected && skew.learn(answer?.headers.date, signedAt)) {
        isSkewCorrected = true;
        continue;
      }
      mayHaveExecuted ||= mayHaveExecutedDespite(error);
      const { isRetryable } = operation;
      const retry = nextRetry({
        error,
        isRetryable,
        requestNumber,
        now: clock.now(),
        deadline,
        random: random(),
      });
      if (!retry.isRetried) return { kind: 'error', error, mayHaveExecuted };
      request.onWait?.({ reason: `${retry.reason}; retrying`, milliseconds: retry.afterMs });
      if (!(await wait(clock, retry.afterMs, signal))) {
        const cancelled = mayHaveExecuted ? outcomeUnknown : notSent;
        return {
          kind: 'error',
          error: cancelled(operation, 'cancelled', 'it was cancelled before it was retried'),
          mayHaveExecuted,
        };
      }
    }
  }
};

/** A held permit keeps others from sending, so slow reads must not hold it longer than this. */
const maxHoldMs = 5_000;

type Admission = { readonly kind: 'send'; readonly permit: Permit; readonly deadline: number } | Outcome;

/** Acquires a permit and, while it is held, has the request checked; again where that took longer than `maxHoldMs`. */
const admit = async (
  request: RetryableRequest,
  outgoing: { readonly requestNumber: number; readonly mayHaveExecuted: boolean; readonly deadline: number },
  { rateLimiter, clock }: Sender,
): Promise<Admission> => {
  const { operation, region, account, perSecond, signal, onWait, beforeSend, timeoutMs } = request;
  const rateLimitKey = { operation, region, account, perSecond };
  const { requestNumber, mayHaveExecuted } = outgoing;
  let { deadline } = outgoing;
  try {
    for (;;) {
      const permit = await rateLimiter.acquire(rateLimitKey, { signal, onWait });
      deadline = Math.min(deadline, clock.now() + timeoutMs);
      if (!beforeSend) return { kind: 'send', permit, deadline };
      const check = (signal: AbortSignal) => beforeSend({ requestNumber, mayHaveExecuted, signal });
      const verdict = await checkWhileHeld(check, permit, deadline, request, clock);
      if (verdict === 'send') return { kind: 'send', permit, deadline };
      permit.release();
      if (verdict === 'already-done' && mayHaveExecuted) return { kind: 'already-done', mayHaveExecuted };
      if (verdict === 'already-done') throw notSent(operation, 'cancelled', 'there is nothing to do');
    }
  } catch (error) {
    return { kind: 'error', error, mayHaveExecuted };
  }
};

/** @returns the verdict of the check; `late` where it took too long for the permit, which is then released */
const checkWhileHeld = async (
  check: (signal: AbortSignal) => ReturnType<BeforeSend>,
  permit: Permit,
  deadline: number,
  { operation, signal }: RetryableRequest,
  clock: Clock,
): Promise<'send' | 'already-done' | 'late'> => {
  permit.hold();
  let isLate = false;
  const stopHold = clock.after(maxHoldMs, () => {
    isLate = true;
    permit.release();
  });
  const timeout = new AbortController();
  const stopTimeout = clock.after(Math.max(0, deadline - clock.now()), () => timeout.abort());
  try {
    const verdict = await check(signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal);
    timeout.signal.throwIfAborted();
    return isLate && verdict === 'send' ? 'late' : verdict;
  } catch (error) {
    permit.release();
    throw asNotSent(error, operation, timeout.signal.aborted);
  } finally {
    stopHold();
    stopTimeout();
  }
};

/** A failed read before sending says nothing about the request itself, which was not sent. */
const asNotSent = (error: unknown, operation: Operation, isTimeout: boolean): unknown => {
  if (isTimeout) return notSent(operation, 'time', 'its target could not be inspected in time');
  if (!(error instanceof TransportError)) return error;
  return notSent(operation, 'connection', `its target could not be inspected (${error.message})`);
};

const isSignatureExpired = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'AuthFailure.SignatureExpire';
