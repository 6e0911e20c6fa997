import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { notSent, outcomeUnknown } from '../../../src/client/failures.ts';
import {
  type FailedRequest,
  mayHaveExecutedDespite,
  nextRetry,
} from '../../../src/client/retry/retry-policy.ts';
import { ApiError, ConfigError } from '../../../src/shared/errors.ts';

const subject = { name: 'TerminateJob', changes: true };
const api = (code: string) => new ApiError('TerminateJob', code, 'm', 'r');
const coded = (code: string) => Object.assign(new Error('m'), { code });
const failed = (error: unknown, more: Partial<FailedRequest> = {}): FailedRequest => ({
  error,
  isRetryable: true,
  requestNumber: 1,
  now: 0,
  deadline: 60_000,
  random: 0.5,
  ...more,
});

test.each([
  [
    'a lost connection',
    outcomeUnknown(subject, 'connection', 'w', { cause: coded('UND_ERR_SOCKET') }),
    100,
    true,
  ],
  ['a reset before sending', notSent(subject, 'connection', 'w', { cause: coded('ECONNRESET') }), 100, false],
  ['throttling', api('RequestLimitExceeded'), 500, false],
  ['throttling of the account', api('RequestLimitExceeded.UinLimitExceeded'), 500, false],
  ['an internal error', api('InternalError'), 100, true],
  ['an internal error with a sub-code', api('InternalError.CallCvm'), 100, true],
  ['an unavailable service', api('ServiceUnavailable'), 100, true],
  [
    'a refused connection',
    notSent(subject, 'connection', 'w', { cause: coded('ECONNREFUSED') }),
    undefined,
    false,
  ],
  [
    'a host that does not exist',
    notSent(subject, 'connection', 'w', { cause: coded('ENOTFOUND') }),
    undefined,
    false,
  ],
  ['a timeout', outcomeUnknown(subject, 'time', 'w'), undefined, true],
  ['a cancellation', outcomeUnknown(subject, 'cancelled', 'w'), undefined, true],
  ['a response that is too large', outcomeUnknown(subject, 'size', 'w'), undefined, true],
  ['a stranger', outcomeUnknown(subject, 'unexpected-response', 'w'), undefined, true],
  ['an API error', api('ResourceNotFound.Job'), undefined, false],
  ['a code that only starts like a transient one', api('InternalErrors'), undefined, false],
  ['missing credentials', new ConfigError('none'), undefined, false],
  ['an internal defect', new TypeError('oh'), undefined, true],
])(
  'a call that failed with %s is retried only if the failure is transient',
  (_title, error, afterMs, mayHave) => {
    const resend = nextRetry(failed(error));
    expect([resend.isRetried ? resend.afterMs : undefined, mayHaveExecutedDespite(error)]).toEqual([
      afterMs,
      mayHave,
    ]);
  },
);

test('a call that is not idempotent is never retried', () => {
  const errors = [
    api('RequestLimitExceeded'),
    api('InternalError'),
    outcomeUnknown(subject, 'connection', 'w'),
  ];
  expect(errors.map((error) => nextRetry(failed(error, { isRetryable: false })))).toEqual(
    errors.map(() => ({ isRetried: false })),
  );
});

test('the waits before retries double, are random between zero and their maximum, and end after four requests', () => {
  const waits = (random: number) =>
    [1, 2, 3, 4].map((requestNumber) => {
      const resend = nextRetry(failed(api('InternalError'), { requestNumber, random }));
      return resend.isRetried ? resend.afterMs : undefined;
    });
  expect([waits(0), waits(0.999999)]).toEqual([
    [0, 0, 0, undefined],
    [200, 400, 800, undefined],
  ]);
});

test('there is no retry when too little of the time of the call would be left', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 60_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (requestNumber, now, random) => {
        const resend = nextRetry(failed(api('RequestLimitExceeded'), { requestNumber, now, random }));
        if (resend.isRetried) expect(now + resend.afterMs).toBeLessThanOrEqual(59_000);
      },
    ),
  );
});
