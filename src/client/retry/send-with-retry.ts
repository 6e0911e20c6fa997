/** One call from the first request to its end: waits its turn, sends, and sends again where that is safe. */
import { ApiError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { wait } from '../clock.ts';
import { noAnswer, notSent, type Operation } from '../failures.ts';
import type { Permit } from '../rate-limit/rate-limiter.ts';
import type { HttpAnswer } from '../transport.ts';
import type { ClockSkew } from './clock-skew.ts';
import { isThrottled, mayHaveHappened, nextRetry } from './retry-policy.ts';

/** Told while a call waits, so that a person sees why nothing happens. */
export interface Wait {
  readonly reason: string;
  readonly milliseconds: number;
}

export interface RetryableRequest<Value> {
  readonly subject: Operation;
  /** A second, equal request does no harm. */
  readonly isSafe: boolean;
  /** For the whole call, counted from its first turn. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((wait: Wait) => void) | undefined;
  takeTurn(): Promise<Permit>;
  /** Signs for this time and sends; a signature is of no use a second time. */
  send(signedAt: number, timeoutMs: number): Promise<HttpAnswer>;
  read(answer: HttpAnswer): Value;
}

export interface RetryDependencies {
  readonly clock: Clock;
  readonly skew: ClockSkew;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
}

/** How a call ended. `wasLost`: some request of it may have been carried out without an answer that says so. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value; readonly wasLost: boolean }
  | { readonly ok: false; readonly error: unknown; readonly wasLost: boolean };

export const sendWithRetry = async <Value>(
  delivery: RetryableRequest<Value>,
  { clock, skew, random }: RetryDependencies,
): Promise<Outcome<Value>> => {
  const { subject, isSafe, timeoutMs, signal } = delivery;
  let deadline: number | undefined;
  let wasLost = false;
  let isCorrected = false;
  for (let attempt = 1; ; attempt++) {
    let turn: Permit;
    try {
      turn = await delivery.takeTurn();
    } catch (error) {
      return { ok: false, error, wasLost };
    }
    deadline ??= clock.now() + timeoutMs;
    const signedAt = skew.now();
    let answer: HttpAnswer | undefined;
    try {
      answer = await delivery.send(signedAt, Math.max(1, deadline - clock.now()));
      const value = delivery.read(answer);
      turn.end();
      return { ok: true, value, wasLost };
    } catch (error) {
      // In this order: the end of a turn lets others go.
      if (isThrottled(error)) turn.slowDown();
      turn.end();
      if (isOutOfTime(error) && !isCorrected && skew.learn(answer?.headers.date, signedAt)) {
        isCorrected = true;
        continue;
      }
      wasLost ||= mayHaveHappened(error);
      const resend = nextRetry({ error, isSafe, attempt, now: clock.now(), deadline, random: random() });
      if (!resend.again) return { ok: false, error, wasLost };
      delivery.onWait?.({ reason: `${resend.reason}; trying again`, milliseconds: resend.afterMs });
      if (!(await wait(clock, resend.afterMs, signal))) {
        const tell = wasLost ? noAnswer : notSent;
        return {
          ok: false,
          error: tell(subject, 'cancelled', 'it was cancelled before it was sent again'),
          wasLost,
        };
      }
    }
  }
};

const isOutOfTime = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'AuthFailure.SignatureExpire';

/**
 * The error of a call whose earlier request brought no clear answer and whose last one failed in another way: taken by itself, the
 * last error would say that nothing happened.
 */
export const lostEarlierError = (subject: Operation, error: unknown): unknown => {
  if (!subject.changes || mayHaveHappened(error) || !(error instanceof Error)) return error;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  const what = `a first request brought no clear answer, and a further one failed (${error.message})`;
  return noAnswer(subject, 'connection', what, { requestId });
};
