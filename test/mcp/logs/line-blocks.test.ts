/** Blocks of whole lines, and where they lie in the log. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineBlocksOf } from '../../../src/mcp/logs/line-blocks.ts';
import { logInBlocks } from './in-blocks.ts';

const blocksOf = async (text: string | Buffer, sizes: readonly number[]) => {
  const blocks: { bytes: Buffer; first: number; end: number }[] = [];
  for await (const block of lineBlocksOf(logInBlocks(text, sizes).read(0), 0)) blocks.push(block);
  return blocks;
};

test('Blocks of lines are the log, each ends with a line break, and their positions leave no gap', async () => {
  const text = fc.array(fc.constantFrom('a', 'ä', '\r', '\n', 'long line'), { maxLength: 40 });
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(text, sizes, async (parts, block) => {
      const log = Buffer.from(parts.join(''));
      const blocks = await blocksOf(log, block);
      expect(Buffer.concat(blocks.map(({ bytes }) => bytes))).toEqual(log);
      let at = 0;
      for (const { bytes, first, end } of blocks) {
        expect([first, end]).toEqual([at, at + bytes.length]);
        if (end < log.length) expect(bytes.at(-1)).toBe(10);
        at = end;
      }
    }),
  );
});

test('A line above the limit is shortened in a separate block, so later lines have their true positions', async () => {
  const long = 'x'.repeat(300_000);
  const log = `first\n${long}\nnext\nlast`;
  const blocks = await blocksOf(log, [65_536]);
  expect(
    blocks.map(({ bytes, first, end }) => ({ lines: bytes.toString().split('\n').length, first, end })),
  ).toEqual([
    { lines: 2, first: 0, end: 6 },
    { lines: 2, first: 6, end: 300_007 },
    { lines: 2, first: 300_007, end: 300_012 },
    { lines: 1, first: 300_012, end: 300_016 },
  ]);
  expect(blocks[1]?.bytes.length).toBe(64 * 1024 + 1);
});
