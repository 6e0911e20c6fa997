/** Start-up loads the protocol and the precomputed tool list, and nothing that only a call needs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { actions } from '../../src/catalogue/index.ts';
import { eras, program, serve, within } from './served.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-loaded-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const dist = join(program, '..');

/** For each part of the program, a string that occurs in its code and not in the tool list. */
const marks: Readonly<Record<string, string>> = {
  catalogue: actions.SubmitJob.examples[0]?.title ?? '',
  client: 'TC3-HMAC-SHA256',
  engine: 'CREATE TABLE',
  Azure: 'ocp-date',
  undici: 'UND_ERR_',
  QuickJS: 'QTS_NewRuntime',
  skills: 'skill://',
};

/** The files of dist/ that a process has loaded, from its V8 coverage. */
const filesOf = (coverage: string): readonly string[] =>
  readdirSync(coverage).flatMap((name) => {
    // The format of NODE_V8_COVERAGE.
    const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8')) as {
      result: { url: string }[];
    };
    return result
      .filter(({ url }) => url.startsWith('file:'))
      .map(({ url }) => fileURLToPath(url))
      .filter((file) => file.startsWith(dist));
  });

const partsIn = (files: readonly string[]): readonly string[] => {
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  return Object.entries(marks)
    .filter(([, mark]) => text.includes(mark))
    .map(([part]) => part);
};

const loadedBy = async (era: (typeof eras)[number], calls: readonly [string, object][]) => {
  const coverage = mkdtempSync(join(folder, `${era}-`));
  const served = await serve(era, { env: { NODE_V8_COVERAGE: coverage } });
  for (const [method, params] of calls) await served.request(method, params);
  served.child.stdin?.end();
  await within(served.closed, 'the end');
  return filesOf(coverage);
};

describe.each(eras)('tools/list of a %s client', (era) => {
  test('loads no code that only a call needs', async () => {
    const files = await loadedBy(era, [['tools/list', {}]]);
    expect(files).toContain(program);
    expect(partsIn(files)).toEqual([]);
    const bytes = files.reduce((sum, file) => sum + readFileSync(file).length, 0);
    // Most of the start-up time is parsing, so the size of the loaded code is limited; it was 360 kB at first.
    expect(bytes).toBeLessThan(400_000);
  });
});

test('each of these strings occurs in the program', () => {
  const files = readdirSync(dist).filter((name) => name.endsWith('.js'));
  expect(partsIn(files.map((name) => join(dist, name)))).toEqual(Object.keys(marks));
});
