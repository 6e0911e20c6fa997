import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { files } from '../../src/cli/commands/engine-files.ts';

let directory: string;
const at = (...names: string[]) => join(directory, ...names);
const stored = (...names: string[]) => at('data', 'storage', ...names);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'batch-mcp-cli-files-'));
  mkdirSync(stored('cos', 'b', 'dir'), { recursive: true });
  mkdirSync(stored('cfs', 'share'), { recursive: true });
  mkdirSync(at('outside'));
  writeFileSync(at('outside', 'secret'), 'secret');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Runs the command. @returns its exit code, or its error, with what it printed */
const run = async (...words: string[]) => {
  const printed: string[] = [];
  const errors: string[] = [];
  const config = { dataDir: at('data') };
  const terminal = {
    print: (line: string) => void printed.push(line),
    printError: (line: string) => void errors.push(line),
  };
  const result = await files(config, terminal, words).catch((error: Error) => error.message);
  return { result, printed, errors };
};

test('A file goes into the storage and comes back with its content and its permissions.', async () => {
  writeFileSync(at('script'), '#!/bin/sh\n', { mode: 0o755 });
  expect((await run('put', at('script'), 'cos://b/dir/')).result).toBe(0);
  expect((await run('get', 'cos://b/dir/script', at('copy'))).result).toBe(0);
  expect(readFileSync(at('copy'), 'utf8')).toBe('#!/bin/sh\n');
});

test('A list shows any file name, and only the name of a link.', async () => {
  writeFileSync(Buffer.concat([Buffer.from(`${stored('cos', 'b', 'dir')}/caf`), Buffer.from([0xe9])]), 'x');
  symlinkSync(at('outside', 'secret'), stored('cos', 'b', 'dir', 'link'));
  expect((await run('ls', 'cos://b/dir/')).printed).toEqual([
    '           1  cos://b/dir/caf\\xe9',
    '              cos://b/dir/link',
  ]);
});

test.each([
  ['ls', ['ls', 'cfs://share/link/']],
  ['get of a directory', ['get', 'cfs://share/link/', 'to']],
  ['get of a file below it', ['get', 'cfs://share/link/secret', 'to']],
  ['get of a link to a file', ['get', 'cfs://share/file', 'to']],
])('No link that a job left in a share is followed by %s.', async (_, words) => {
  symlinkSync(at('outside'), stored('cfs', 'share', 'link'));
  symlinkSync(at('outside', 'secret'), stored('cfs', 'share', 'file'));
  const { result, printed } = await run(...words.map((word) => (word === 'to' ? at('to') : word)));
  expect(result).toBe(1);
  expect(printed).toEqual([]);
});

test('A copy of a share leaves its links out, and put does not write through one.', async () => {
  symlinkSync(at('outside'), stored('cfs', 'share', 'link'));
  writeFileSync(stored('cfs', 'share', 'file'), 'x');
  expect(await run('get', 'cfs://share/', at('to'))).toMatchObject({
    result: 0,
    errors: ['1 files copied from cfs://share/'],
  });
  writeFileSync(at('new'), 'new');
  expect((await run('put', at('new'), 'cfs://share/link/')).result).toMatch(/ENOTDIR|ELOOP/);
  expect((await run('put', at('new'), 'cfs://share/link/secret')).result).toMatch(/ENOTDIR|ELOOP/);
  expect(readFileSync(at('outside', 'secret'), 'utf8')).toBe('secret');
});
