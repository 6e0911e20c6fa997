/** The choice of logs to read if not all can be read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distribute, logBatchesOf } from '../../../src/mcp/workflows/failure-sample.ts';
import { anyFailures, failure, many } from './failures.ts';

describe('the sample of logs', () => {
  test('includes all logs if there are few', () => {
    expect(
      logBatchesOf(
        many(12, () => ({})),
        10,
      ),
    ).toEqual([
      { TaskName: 'work', indexes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
      { TaskName: 'work', indexes: [10, 11] },
    ]);
  });

  test('is spread evenly over a long task', () => {
    expect(
      logBatchesOf(
        many(100, () => ({})),
        1,
      ),
    ).toEqual([{ TaskName: 'work', indexes: [9, 19, 29, 39, 49, 59, 69, 79, 89, 99] }]);
  });

  test('is shared between kinds, so that it includes rare ones', () => {
    const failures = many(100, (index) => ({ ExitCode: index === 63 ? 2 : 1 }));
    const [batch] = logBatchesOf(failures, 1);
    expect(batch?.indexes.length).toBe(10);
    expect(batch?.indexes).toContain(63);
  });

  test('includes all tasks in turn', () => {
    const failures = ['a', 'b', 'c'].flatMap((TaskName) => many(30, () => ({ TaskName })));
    expect(logBatchesOf(failures, 4).map(({ TaskName }) => TaskName)).toEqual(['a', 'a', 'b', 'c']);
  });

  test('excludes instances that never ran', () => {
    expect(
      logBatchesOf(
        many(5, () => ({ hasRun: false })),
        10,
      ),
    ).toEqual([]);
  });

  test('needs at most the available calls, with at most ten instances each', () => {
    fc.assert(
      fc.property(anyFailures, fc.nat({ max: 12 }), (records, most) => {
        const batches = logBatchesOf(
          records.map((record, index) => failure(index, record)),
          most,
        );
        expect(batches.length).toBeLessThanOrEqual(most);
        expect(batches.every(({ indexes }) => indexes.length >= 1 && indexes.length <= 10)).toBe(true);
      }),
    );
  });
});

test.each([
  [[5, 1, 3], 6, [3, 1, 2]],
  [[5, 1, 3], 100, [5, 1, 3]],
  [[5, 1, 3], 0, [0, 0, 0]],
  [[], 4, []],
])('the demands %j share %i calls as %j', (wishes, available, given) => {
  expect(distribute(wishes, available)).toEqual(given);
});
