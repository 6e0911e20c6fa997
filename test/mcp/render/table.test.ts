import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTable, tableOf, textOfTable } from '../../../src/mcp/render/table.ts';

test('a table has the names of the fields once and null where an item has no value', () => {
  const table = tableOf(
    ['JobId', 'failed', 'tags'],
    [
      { JobId: 'job-1', failed: 2 },
      { JobId: 'job-2', failed: 0, tags: 'owner=anna' },
    ],
  );
  expect(table).toEqual({
    columns: ['JobId', 'failed', 'tags'],
    rows: [
      ['job-1', 2, null],
      ['job-2', 0, 'owner=anna'],
    ],
  });
  expect(textOfTable(table)).toBe('JobId|failed|tags\njob-1|2|\njob-2|0|owner=anna');
});

test('a value with a separator, a line break or nothing in it is written as JSON', () => {
  expect(
    textOfTable(
      tableOf(
        ['a', 'b'],
        [
          { a: 'x|y', b: 'x\ny' },
          { a: '', b: ' x' },
        ],
      ),
    ),
  ).toBe('a|b\n"x|y"|"x\\ny"\n""|" x"');
});

test('a table of any values has one line for each item and one for the columns', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ a: fc.string(), b: fc.option(fc.integer()) })), (items) => {
      const table = tableOf(['a', 'b'], items);
      expect(isTable(table)).toBe(true);
      expect(textOfTable(table).split('\n')).toHaveLength(items.length + 1);
    }),
  );
});

test('an object is a table only with columns and rows of the same length', () => {
  expect(isTable({ columns: ['a'], rows: [['x', 'y']] })).toBe(false);
  expect(isTable({ columns: ['a'], rows: [[{ b: 1 }]] })).toBe(false);
  expect(isTable({ columns: ['a'], rows: [], more: 1 })).toBe(false);
  expect(isTable([])).toBe(false);
});
