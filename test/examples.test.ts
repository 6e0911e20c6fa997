/** Runs every example as its readers do, and holds what it prints. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { root } from './paths.ts';
import { hasBwrap } from './sandbox/bwrap.ts';

const folder = join(root, 'examples');
const shared = 'connect.ts';
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));

/** @returns the lines it prints, with the ids of jobs and of temporary directories taken out */
const linesOf = async (file: string): Promise<readonly string[]> => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', join(folder, file)],
    { env: { PATH: process.env.PATH }, timeout: 50_000 },
  );
  expect(stderr).toBe('');
  return stdout
    .replace(/job-[a-z0-9]{8}/g, 'job-ID')
    .trimEnd()
    .split('\n');
};

/** Example → the lines that show that it did what it is there for. */
const telling: Readonly<Record<string, readonly string[]>> = {
  'agent.ts': ['first try: FAILED', 'second try: SUCCEED', 'deleted: job-ID'],
  'array.ts': ['  3 × exit code 3: 4, 9, 14 of "render"', '  1 × exit code 7: 11 of "render"'],
  'ci.ts': ['job-ID SUCCEED built'],
  'dag.ts': ['SUCCEED', 'words: 6'],
  'sweep.ts': ['best rate: 0.1'],
};

// Only a sandbox can show a path of the task's own.
const needsSandbox = ['dag.ts'];

describe('the example', () => {
  for (const file of files.filter((name) => name !== shared)) {
    test.skipIf(needsSandbox.includes(file) && !hasBwrap)(`${file} does what it says`, async () => {
      const lines = await linesOf(file);
      expect(lines.filter((line) => telling[file]?.includes(line))).toEqual(telling[file]);
    });
  }
});

test('the README of the examples names each of them', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect([...readme.matchAll(/\]\((\w+\.ts)\)/g)].map(([, name]) => name).sort()).toEqual([...files].sort());
});
