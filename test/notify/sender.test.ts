import { expect, test } from 'vitest';
import { wait } from '../../src/mcp/contract/wait.ts';
import { backoffOf, type Deliver, sendWaiting, startSender } from '../../src/notify/sender.ts';
import { createLog } from '../../src/shared/log.ts';
import { until } from '../engine/running-engine.ts';
import { eventOf, queueOf } from './events.ts';

const log = createLog(
  'error',
  () => [],
  () => undefined,
);
const signals = () => ({ ending: new AbortController().signal, cutting: new AbortController().signal });
const now = () => eventOf(1).time + 1000;

test('events are delivered in their order, and each is recorded before the next one is sent', async () => {
  const queue = queueOf([1, 2, 3].map((seq) => eventOf(seq)));
  const steps: string[] = [];
  const deliver: Deliver = async ({ seq }) => {
    steps.push(`${seq} after ${queue.delivered()}`);
  };
  expect(await sendWaiting({ queue, deliver, log, now }, signals())).toBeUndefined();
  expect(steps).toEqual(['1 after 0', '2 after 1', '3 after 2']);
});

test('an event that is not accepted is not recorded, and holds back those behind it', async () => {
  const queue = queueOf([1, 2, 3].map((seq) => eventOf(seq)));
  const deliver: Deliver = async ({ seq }) => {
    if (seq === 2) throw new Error('full');
  };
  expect(await sendWaiting({ queue, deliver, log, now }, signals())).toBe(
    `event ${eventOf(2).id} of job-00000002 was not delivered: full`,
  );
  expect(queue.delivered()).toBe(1);
});

test('an event that is not accepted for three days is given up, and the log says so', async () => {
  const queue = queueOf([1, 2].map((seq) => eventOf(seq)));
  const lines: string[] = [];
  const deliver: Deliver = async ({ seq }) => {
    if (seq === 1) throw new Error('gone');
  };
  const late = () => eventOf(1).time + 3 * 86_400_000;
  const errors = createLog(
    'error',
    () => [],
    (line) => lines.push(line),
  );
  expect(await sendWaiting({ queue, deliver, log: errors, now: late }, signals())).toBeUndefined();
  expect(queue.delivered()).toBe(2);
  expect(lines).toEqual([expect.stringContaining('it is given up after three days')]);
});

test('the time between attempts doubles from one second up to five minutes', () => {
  expect([1, 2, 3, 9, 10, 1000].map(backoffOf)).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000]);
});

test('a sender tries again after a failure, and is not busy once everything is delivered', async () => {
  const queue = queueOf([1, 2].map((seq) => eventOf(seq)));
  const waits: number[] = [];
  let failures = 0;
  const sender = startSender({
    queue,
    deliver: async () => {
      failures += 1;
      if (failures < 4) throw new Error('not yet');
    },
    log,
    now,
    wait: async (milliseconds, signal) => {
      waits.push(milliseconds);
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    },
    checkMs: 500,
  });
  expect(sender.isBusy()).toBe(true);
  await until('both are delivered', () => queue.delivered() === 2);
  expect(sender.isBusy()).toBe(false);
  await sender.stop();
  expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 500]);
});

test('a sender that is stopped lets the delivery under way end', async () => {
  const queue = queueOf([1, 2].map((seq) => eventOf(seq)));
  let finish: () => void = () => undefined;
  const sender = startSender({
    queue,
    deliver: () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
    log,
    now,
    wait,
    checkMs: 500,
  });
  const stopped = sender.stop();
  finish();
  await stopped;
  expect(queue.delivered()).toBe(1);
});
