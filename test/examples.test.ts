/** Runs every example and compares what it prints. */
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

/** @returns the printed lines, with job ids replaced */
const linesOf = async (file: string): Promise<readonly string[]> => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', join(folder, file)],
    { env: { PATH: process.env.PATH }, timeout: 120_000 },
  );
  expect(stderr).toBe('');
  return stdout
    .replace(/job-[a-z0-9]{8}/g, 'job-ID')
    .trimEnd()
    .split('\n');
};

/** Example → lines it must print. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'agent.ts': ['first try: FAILED', 'second try: SUCCEED', 'deleted: job-ID'],
  'array.ts': ['  3 × exit code 3: 4,9,14 of "render"', '  1 × exit code 7: 11 of "render"'],
  'ci.ts': ['job-ID SUCCEED built'],
  'dag.ts': ['SUCCEED', 'words: 6'],
  'folder.ts': ['left out: .env', 'job: SUCCEED', '25 results, sum 5525'],
  'script.ts': [
    'instances: anna 2, ben 4',
    'to be deleted: DeleteJob of 2 jobs in ap-guangzhou',
    'DeleteJob for 2 jobs: 2 done.',
  ],
  'sweep.ts': ['best rate: 0.1'],
};

// Mapped paths exist only in the sandbox.
const needsSandbox = ['dag.ts'];

describe('examples', () => {
  for (const file of files.filter((name) => name !== shared)) {
    test.skipIf(needsSandbox.includes(file) && !hasBwrap)(`${file} prints the expected results`, async () => {
      const lines = await linesOf(file);
      expect(lines.filter((line) => expected[file]?.includes(line))).toEqual(expected[file]);
    });
  }
});

test('the README of the examples links to each of them', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect([...readme.matchAll(/\]\((\w+\.ts)\)/g)].map(([, name]) => name).sort()).toEqual([...files].sort());
});
