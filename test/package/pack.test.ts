/** What is in the package, and how large it is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Packed, packPackage } from './staged.ts';

let packed: Packed;
beforeAll(() => {
  packed = packPackage();
});
afterAll(() => packed.remove());

test('the package holds the program and what a person reads first, and nothing else', () => {
  const kinds = packed.paths.map((path) =>
    path.replace(/^dist\/chunk-[A-Z0-9]{8}\.js(\.LEGAL\.txt)?$/, 'dist/chunk-*.js$1'),
  );
  expect([...new Set(kinds)]).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist/batch-mcp.js',
    'dist/chunk-*.js',
    'dist/chunk-*.js.LEGAL.txt',
    'package.json',
  ]);
});

test('the package stays small', () => {
  // 0.6 MB when this was written, a third of it undici. What goes beyond is to be noticed, and worth it.
  expect(packed.bytes).toBeLessThan(700_000);
  expect(packed.unpackedBytes).toBeLessThan(2_200_000);
});
