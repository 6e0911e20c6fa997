/** Contents and size of the npm package. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Packed, packPackage } from './staged.ts';

let packed: Packed;
beforeAll(() => {
  packed = packPackage();
});
afterAll(() => packed.remove());

test('the npm package contains the program, its licences, README, changelog and upgrade notes, and nothing else', () => {
  const kinds = packed.paths.map((path) =>
    path.replace(/^dist\/chunk-[A-Z0-9]{8}\.js(\.LEGAL\.txt)?$/, 'dist/chunk-*.js$1'),
  );
  expect([...new Set(kinds)]).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'UPGRADING.md',
    'dist/batch-mcp.js',
    'dist/chunk-*.js',
    'dist/chunk-*.js.LEGAL.txt',
    'dist/runner.sh',
    'package.json',
  ]);
});

test('the npm package is smaller than 700 kB packed and 2.2 MB unpacked', () => {
  // 0.6 MB when this was written, a third of it undici. Growth must be deliberate.
  expect(packed.bytes).toBeLessThan(700_000);
  expect(packed.unpackedBytes).toBeLessThan(2_200_000);
});
