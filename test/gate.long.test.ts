/** The checks of imports and exports report what is wrong, shown on a copy of the sources in which faults are planted. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './paths.ts';

let copy = '';
const parts = [
  'src',
  'scripts',
  'bench',
  'evals',
  'examples',
  'test',
  'package.json',
  'tsconfig.json',
  'knip.json',
];
const config = '.dependency-cruiser.mjs';
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'batch-mcp-gate-'));
  for (const name of [...parts, config, 'vitest.config.ts', 'vitest.long.config.ts']) {
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      // Large, and not source code.
      filter: (file) => !relative(root, file).startsWith(join('test', 'fixtures')) || file.endsWith('.ts'),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** @returns exit code and everything printed */
const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
  return { status, text: `${stdout}${stderr}` };
};
const checkImports = () => run('--import', 'tsx', 'scripts/deps.ts');
const checkExports = () =>
  run(join('node_modules', 'knip', 'bin', 'knip.js'), '--no-progress', '--no-config-hints');

/** Runs `act` while `text` is at the end of a file. */
const withText = <Result>(file: string, text: string, act: () => Result): Result => {
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  appendFileSync(path, text);
  try {
    return act();
  } finally {
    writeFileSync(path, before);
  }
};

test('the unchanged sources pass both checks', () => {
  expect(checkImports()).toMatchObject({ status: 0, text: expect.stringMatching(/ 0 violations/) });
  expect(checkExports()).toEqual({ status: 0, text: '' });
});

test('an import that leaves what its room may import is reported', () => {
  const { status, text } = withText('src/catalogue/index.ts', "import '../shared/lazy.ts';\n", checkImports);
  expect(status).toBe(1);
  expect(text).toContain('imports-of-catalogue: src/catalogue/index.ts → src/shared/lazy.ts');
});

test('a circle of imports is reported even if only types are imported', () => {
  const planted = join(copy, 'src', 'shared', 'planted.ts');
  writeFileSync(
    planted,
    "/** Planted. */\nexport type { Lazy } from './lazy.ts';\nexport type Planted = 1;\n",
  );
  const { status, text } = withText(
    'src/shared/lazy.ts',
    "export type { Planted } from './planted.ts';\n",
    checkImports,
  );
  rmSync(planted);
  expect(status).toBe(1);
  expect(text).toMatch(/^no-circle: src\/shared\/(lazy|planted)\.ts → /m);
});

test('an export that nothing imports is reported', () => {
  const { status, text } = withText('src/shared/lazy.ts', 'export const planted = 1;\n', checkExports);
  expect(status).toBe(1);
  expect(text).toMatch(/^planted\s+src\/shared\/lazy\.ts/m);
});

test('a check that reads fewer files than src/ holds fails instead of passing', () => {
  const path = join(copy, config);
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, before.replace("parser: 'swc',", "parser: 'swc', exclude: { path: '^src/engine/' },"));
  const { status, text } = checkImports();
  writeFileSync(path, before);
  expect(status).toBe(1);
  expect(text).toMatch(/^Only \d+ of \d+ files of src\/ were read\.$/m);
});
