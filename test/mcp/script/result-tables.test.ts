import { expect, test } from 'vitest';
import { tabulated } from '../../../src/mcp/script/result-tables.ts';

test('a list without items in a table of a result is written as one, and differs from empty text', () => {
  const items = [
    { JobId: 'a', kinds: [], reason: '' },
    { JobId: 'b', kinds: ['x', 'y'], reason: 'failed' },
  ];
  expect(tabulated(items, 0)).toEqual({
    columns: ['JobId', 'kinds', 'reason'],
    rows: [
      ['a', '[]', ''],
      ['b', 'x, y', 'failed'],
    ],
  });
});
