/** When the view reads its job again. The clock is an argument. */
import { expect, test } from 'vitest';
import { createRefresh } from '../../src/view/host/refresh.ts';

interface Data {
  readonly state: string;
  readonly isFinal?: boolean;
}

/** A refresh whose reads return the given results in turn, with the waits between them. */
const refreshOver = (results: readonly (Data | Error)[]) => {
  const waits: number[] = [];
  const shown: string[] = [];
  let due: (() => void) | undefined;
  let reads = 0;
  const refresh = createRefresh<Data>({
    read: async () => {
      const result = results[Math.min(reads, results.length - 1)];
      reads += 1;
      if (result === undefined || result instanceof Error) throw result;
      return result;
    },
    onData: ({ state }) => shown.push(state),
    onError: (message, isLast) => shown.push(`${message}${isLast ? ' (last)' : ''}`),
    isComplete: ({ isFinal }) => isFinal === true,
    isSame: (before, after) => before.state === after.state,
    later: (run, milliseconds) => {
      waits.push(milliseconds);
      due = run;
      return () => {
        due = undefined;
      };
    },
  });
  /** Lets the time of the next read come. @returns whether one was due */
  const pass = async (): Promise<boolean> => {
    await new Promise((resolve) => setImmediate(resolve));
    const run = due;
    due = undefined;
    run?.();
    await new Promise((resolve) => setImmediate(resolve));
    return run !== undefined;
  };
  return { refresh, waits, shown, pass, reads: () => reads };
};

test('a job that changes is read every two seconds, until it has ended', async () => {
  const { refresh, waits, shown, pass } = refreshOver([
    { state: 'a' },
    { state: 'b' },
    { state: 'c', isFinal: true },
  ]);
  refresh.start();
  expect([await pass(), await pass(), await pass()]).toEqual([true, true, false]);
  expect(waits).toEqual([2_000, 2_000]);
  expect(shown).toEqual(['a', 'b', 'c']);
});

test('a job that does not change is read less and less often, four times a minute at last', async () => {
  const { refresh, waits, pass } = refreshOver([{ state: 'a' }]);
  refresh.start();
  for (let turn = 0; turn < 8; turn += 1) await pass();
  expect(waits).toEqual([2_000, 3_000, 4_500, 6_750, 10_125, 15_000, 15_000, 15_000, 15_000]);
});

test('a failing server is asked five times, with growing pauses', async () => {
  const { refresh, waits, shown, pass } = refreshOver([new Error('no answer')]);
  refresh.start();
  for (let turn = 0; turn < 8; turn += 1) await pass();
  expect(waits).toEqual([4_000, 8_000, 16_000, 32_000]);
  expect(shown).toEqual([...Array(4).fill('no answer'), 'no answer (last)']);
});

test('nothing is read while it is stopped, and at once when it is started again', async () => {
  const { refresh, pass, reads } = refreshOver([{ state: 'a' }, { state: 'b' }]);
  refresh.start();
  await new Promise((resolve) => setImmediate(resolve));
  refresh.stop();
  expect(await pass()).toBe(false);
  expect(reads()).toBe(1);
  refresh.start();
  expect(reads()).toBe(2);
});

test('a start during a read does not read twice', async () => {
  const { refresh, pass, reads } = refreshOver([{ state: 'a' }]);
  refresh.start();
  refresh.start();
  await pass();
  expect(reads()).toBe(2);
});
