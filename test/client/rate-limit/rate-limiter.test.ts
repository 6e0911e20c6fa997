import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createProcessState } from '../../../src/client/process-state.ts';
import { createRateLimiter, type RateLimitKey } from '../../../src/client/rate-limit/rate-limiter.ts';
import { createManualClock } from '../manual-clock.ts';

const key = (perSecond: number | undefined, more: Partial<RateLimitKey> = {}): RateLimitKey => ({
  operation: { name: 'DescribeJobs', changes: false },
  region: 'ap-guangzhou',
  account: 'AKIDEXAMPLE',
  perSecond,
  ...more,
});

/** Acquires permits for so many calls at once; each response comes after `latency`. Returns when each was sent. */
const sendAll = (count: number, perSecond: number, latency: (n: number) => number) => {
  const clock = createManualClock(0);
  const limiter = createRateLimiter(clock);
  const sent: { at: number; answered: number }[] = [];
  for (let n = 0; n < count; n++) {
    void limiter.acquire(key(perSecond)).then((permit) => {
      const entry = { at: clock.now(), answered: clock.now() + latency(n) };
      sent.push(entry);
      clock.after(latency(n), () => permit.end());
    });
  }
  return { clock, limiter, sent };
};

describe('calls with one rate limit', () => {
  test('are sent at once up to the rate, and the others a second after a response', async () => {
    const { clock, sent } = sendAll(5, 2, () => 10);
    await clock.pass(5000);
    expect(sent.map(({ at }) => at)).toEqual([0, 0, 1025, 1025, 2050]);
  });

  test('never exceed the rate in any second of the service, wherever between sending and response it counts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 240 }), fc.double({ min: 0, max: 1, noNaN: true })), {
          minLength: 1,
          maxLength: 40,
        }),
        async (perSecond, calls) => {
          const { clock, sent } = sendAll(calls.length, perSecond, (n) => calls[n]?.[0] ?? 0);
          await clock.pass(60_000);
          expect(sent).toHaveLength(calls.length);
          const counted = sent.map(({ at, answered }, n) => at + (answered - at) * (calls[n]?.[1] ?? 0));
          for (const from of counted) {
            expect(counted.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(
              perSecond,
            );
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('do not wait for a response that is never received', async () => {
    const { clock, sent } = sendAll(2, 1, () => 100_000);
    await clock.pass(2000);
    expect(sent.map(({ at }) => at)).toEqual([0, 1250]);
  });

  test('are sent in the order in which they were made', async () => {
    const clock = createManualClock(0);
    const limiter = createRateLimiter(clock);
    const order: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) void limiter.acquire(key(1)).then(() => order.push(name));
    await clock.pass(10_000);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  test('can be cancelled while they wait, and then take no permit', async () => {
    const clock = createManualClock(0);
    const limiter = createRateLimiter(clock);
    const controller = new AbortController();
    await limiter.acquire(key(1));
    const second = limiter.acquire(key(1), { signal: controller.signal });
    let thirdAt: number | undefined;
    void limiter.acquire(key(1)).then(() => {
      thirdAt = clock.now();
    });
    controller.abort();
    await expect(second).rejects.toMatchObject({
      message: 'DescribeJobs: it was cancelled while it waited for the rate limit. Nothing was sent.',
      mayHaveExecuted: false,
    });
    await expect(limiter.acquire(key(1), { signal: controller.signal })).rejects.toMatchObject({
      mayHaveExecuted: false,
    });
    await clock.pass(2000);
    expect(thirdAt).toBe(1250);
  });

  test('report long waits and not short ones', async () => {
    const clock = createManualClock(0);
    const limiter = createRateLimiter(clock);
    const reported: unknown[] = [];
    const onWait = (wait: unknown) => void reported.push(wait);
    for (let n = 0; n < 4; n++) void limiter.acquire(key(1), { onWait });
    await clock.pass(0);
    expect(reported).toMatchInlineSnapshot(`
      [
        {
          "milliseconds": 2000,
          "reason": "the rate limit of DescribeJobs is 1 per second; 1 calls are queued before this one",
        },
        {
          "milliseconds": 3000,
          "reason": "the rate limit of DescribeJobs is 1 per second; 2 calls are queued before this one",
        },
      ]
    `);
  });
});

test('calls of another action, region or account, and those without a rate limit, do not wait for each other', async () => {
  const clock = createManualClock(0);
  const limiter = createRateLimiter(clock);
  let went = 0;
  const others = [
    key(1),
    key(1, { region: 'ap-tokyo' }),
    key(1, { account: 'AKIDOTHER' }),
    key(1, { operation: { name: 'DescribeJob', changes: false } }),
    key(undefined),
    key(undefined),
  ];
  for (const one of others) void limiter.acquire(one).then(() => went++);
  await clock.pass(0);
  expect(went).toBe(others.length);
});

test('a refusal pauses the calls of a rate limit for a second and halves the rate, which recovers without refusals', async () => {
  const clock = createManualClock(0);
  const limiter = createRateLimiter(clock);
  const permit = await limiter.acquire(key(4));
  permit.backOff();
  permit.end();
  const sent: number[] = [];
  for (let n = 0; n < 60; n++) {
    void limiter.acquire(key(4)).then((next) => {
      sent.push(clock.now());
      next.end();
    });
  }
  await clock.pass(30_000);
  const perSecond = (from: number) => sent.filter((at) => at >= from && at < from + 1015).length;
  expect([sent.filter((at) => at < 1000).length, perSecond(1000), perSecond(12_180)]).toEqual([0, 2, 4]);
});

test('calls do not wait longer when the system time is set back', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const { rateLimiter: limiter } = createProcessState('unused');
    (await limiter.acquire(key(1))).end();
    vi.setSystemTime(Date.now() - 3600_000);
    // The test would time out, as its limit is far below an hour.
    await limiter.acquire(key(1));
  } finally {
    vi.useRealTimers();
  }
});
