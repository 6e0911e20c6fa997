import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexesOf, rangesOf } from '../../../src/mcp/render/ranges.ts';

test.each([
  [[], ''],
  [[3], '3'],
  [[4, 2, 3, 9], '2-4,9'],
  [[0, 2, 4, 6], '0,2 and 2 more'],
])('the indexes %j are formatted as %j', (indexes, text) => {
  expect(rangesOf(indexes, 2)).toBe(text);
});

test('ranges are read as the indexes they were written from', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(300), { minLength: 1 }), (indexes) => {
      expect(indexesOf(rangesOf(indexes, 1_000), 1_000)).toEqual([...indexes].sort((a, b) => a - b));
    }),
  );
});

test.each(['', 'x', '1-', '-1', '5-2', '0-999999999', '0-3,', '1.5'])(
  'the text %j is refused as ranges of at most 100 indexes',
  (text) => {
    expect(indexesOf(text, 100)).toBeUndefined();
  },
);

test('ranges with spaces after the commas are read, and more indexes than allowed are refused', () => {
  expect(indexesOf('0-2, 5', 4)).toEqual([0, 1, 2, 5]);
  expect(indexesOf('0-2, 5', 3)).toBeUndefined();
});
