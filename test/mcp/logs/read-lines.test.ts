/** Parts of a log as lines. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LogPart, readLines } from '../../../src/mcp/logs/read-lines.ts';
import { logInBlocks } from './in-blocks.ts';

const all = { maxBytes: 64 * 1024, mayRead: () => true };
const text = ['one', 'two', '', 'four', 'five'].join('\n');
const read = (part: LogPart, of: string | Buffer = text, blocks: readonly number[] = [3]) =>
  readLines(logInBlocks(of, blocks), part, all);

test.each<[string, LogPart, object]>([
  [
    'the last lines',
    { kind: 'tail', lines: 2 },
    { lines: ['four', 'five'], firstLine: 4, first: 9, end: 18 },
  ],
  ['the first lines', { kind: 'head', lines: 2 }, { lines: ['one', 'two'], firstLine: 1, first: 0, end: 8 }],
  [
    'a range of lines',
    { kind: 'lines', first: 2, last: 4 },
    { lines: ['two', '', 'four'], firstLine: 2, first: 4, end: 14 },
  ],
  ['a range of bytes', { kind: 'bytes', first: 4, last: 6 }, { lines: ['two'], first: 4, end: 7 }],
  [
    'lines after the end',
    { kind: 'lines', first: 9, last: 12 },
    { lines: [], firstLine: 9, first: 18, end: 18 },
  ],
  ['bytes after the end', { kind: 'bytes', first: 50, last: 60 }, { lines: [], first: 50, end: 50 }],
])('readLines returns %s with numbers and positions', async (_, part, expected) => {
  expect(await read(part)).toEqual(expected);
});

test('The tail of a long log is found without reading the rest, so its lines have no numbers', async () => {
  const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at}`);
  const log = logInBlocks(lines.join('\n'), [65_536]);
  let bytes = 0;
  const counted = {
    ...log,
    read: async function* (first: number, end?: number) {
      for await (const block of log.read(first, end)) {
        bytes += block.length;
        yield block;
      }
    },
  };
  const tail = await readLines(counted, { kind: 'tail', lines: 3 }, all);
  expect(tail).toEqual({
    lines: lines.slice(-3),
    first: log.size - 'line 19997\nline 19998\nline 19999'.length,
    end: log.size,
  });
  expect(bytes).toBeLessThan(64 * 1024);
});

test('A part that is too large ends with the position at which it continues', async () => {
  const limits = { maxBytes: 8, mayRead: () => true };
  const log = logInBlocks(text);
  expect(await readLines(log, { kind: 'lines', first: 1, last: 5 }, limits)).toEqual({
    lines: ['one', 'two', ''],
    firstLine: 1,
    first: 0,
    end: 9,
    stoppedAt: { byte: 9, lines: 3 },
  });
  expect(await readLines(log, { kind: 'bytes', first: 0, last: 17 }, limits)).toMatchObject({
    lines: ['one', 'two'],
    end: 8,
    stoppedAt: { byte: 8 },
  });
});

test('A line that is too far away ends the reading with how far it came', async () => {
  let blocks = 3;
  const read = await readLines(
    logInBlocks(text, [4]),
    { kind: 'lines', first: 5, last: 5 },
    { maxBytes: 100, mayRead: () => blocks-- > 0 },
  );
  expect(read).toMatchObject({ lines: [], stoppedAt: { lines: 3 } });
});

describe('For any log and any blocks', () => {
  const anyText = fc
    .array(fc.constantFrom('', 'a', 'bc', 'déf', '错误'), { maxLength: 30 })
    .chain((lines) => fc.boolean().map((ends) => lines.join('\n') + (ends ? '\n' : '')));
  const anyBlocks = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 });
  const linesOf = (of: string) => {
    const lines = of.split('\n');
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  };

  test('tail, head and ranges return the same lines as splitting the whole text', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyText,
        anyBlocks,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        async (of, blocks, count, first) => {
          const lines = linesOf(of);
          const tail = await read({ kind: 'tail', lines: count }, of, blocks);
          const head = await read({ kind: 'head', lines: count }, of, blocks);
          const range = await read({ kind: 'lines', first, last: first + count - 1 }, of, blocks);
          expect(tail.lines).toEqual(lines.slice(-count));
          expect(head.lines).toEqual(lines.slice(0, count));
          expect(range.lines).toEqual(lines.slice(first - 1, first - 1 + count));
          // The positions are those of exactly these lines.
          for (const part of [tail, head, range])
            expect(linesOf(Buffer.from(of).subarray(part.first, part.end).toString())).toEqual(part.lines);
        },
      ),
    );
  });
});
