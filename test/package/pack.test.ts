/** Contents and size of the npm package. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Packed, packPackage } from './staged.ts';

let packed: Packed;
beforeAll(() => {
  packed = packPackage();
});
afterAll(() => packed.remove());

test('the npm package contains the program, its shell scripts, the job view, QuickJS, its licences, skills, manifests of agent hosts, README, changelog and upgrade notes, and nothing else', () => {
  const kinds = packed.paths.map((path) =>
    path
      .replace(/^dist\/chunk-[A-Z0-9]{8}\.js(\.LEGAL\.txt)?$/, 'dist/chunk-*.js$1')
      .replace(/^skills\/[a-z-]+\//, 'skills/*/'),
  );
  expect([...new Set(kinds)]).toEqual([
    '.agents/plugins/marketplace.json',
    '.claude-plugin/marketplace.json',
    '.claude-plugin/plugin.json',
    '.codex-plugin/plugin.json',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'UPGRADING.md',
    'dist/batch-mcp.js',
    'dist/chunk-*.js',
    'dist/chunk-*.js.LEGAL.txt',
    'dist/element.sh',
    'dist/job-view.html.br',
    'dist/probe.sh',
    'dist/quickjs.wasm.br',
    'dist/runner.sh',
    'dist/script-worker.js',
    'gemini-extension.json',
    'mcp.json',
    'package.json',
    'plugin.json',
    'skills/*/SKILL.md',
  ]);
});

test('the npm package is smaller than 1 MB packed and 3 MB unpacked', () => {
  // 0.85 MB when this was written, a quarter of it undici and another QuickJS. Growth must be deliberate.
  expect(packed.bytes).toBeLessThan(1_000_000);
  expect(packed.unpackedBytes).toBeLessThan(3_000_000);
});
