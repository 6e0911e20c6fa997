/** Private keys that a job printed: hidden however the log is read. */
import { expect, test } from 'vitest';
import { bytesOfLog } from '../../../src/mcp/logs/api-log.ts';
import { compilePattern } from '../../../src/mcp/logs/pattern.ts';
import { hidePrivateKeys } from '../../../src/mcp/logs/private-keys.ts';
import { type LogPart, readLines } from '../../../src/mcp/logs/read-lines.ts';
import { searchLines } from '../../../src/mcp/logs/search-lines.ts';
import { mask } from '../../../src/shared/mask-credentials.ts';
import { logInBlocks } from './in-blocks.ts';

// Not in one piece, so that no scanner takes this file for one with a key.
const border = (word: string, kind = '') => `-----${word} ${kind}PRIVATE KEY-----`;
const body = ['MIICanary0'.repeat(6), 'MIICanary1'.repeat(6), 'Canary2='];
const key = [border('BEGIN'), ...body, border('END')];
const log = ['one', ...key, 'two', 'three'].join('\n');
const all = { maxBytes: 64 * 1024, mayRead: () => true };

test.each<[string, LogPart]>([
  ['the end', { kind: 'tail', lines: 10 }],
  ['the end from inside the key', { kind: 'tail', lines: 5 }],
  ['the beginning', { kind: 'head', lines: 10 }],
  ['the beginning up to inside the key', { kind: 'head', lines: 3 }],
  ['lines inside the key', { kind: 'lines', first: 3, last: 4 }],
  ['bytes that begin inside the key', { kind: 'bytes', first: 40, last: 400 }],
  ['bytes that end inside the key', { kind: 'bytes', first: 0, last: 90 }],
])('Reading %s shows no part of it, in blocks of any size', async (_, part) => {
  for (const size of [1, 7, 64, 1000]) {
    const { lines } = await readLines(logInBlocks(log, [size]), part, all);
    expect(lines.join('\n')).not.toContain('Canary');
    expect(lines.length).toBeGreaterThan(0);
  }
});

test('A search neither finds nor shows it, and counts lines and bytes as before', async () => {
  const search = (pattern: string, context: number, size: number) =>
    searchLines(logInBlocks(log, [size]), {
      ...{ context, maxMatches: 5, from: { byte: 0, line: 1 } },
      pattern: compilePattern('SearchTaskLogs', pattern),
      required: undefined,
      mayRead: () => true,
    });
  for (const size of [1, 7, 64, 1000]) {
    expect(await search('Canary', 0, size)).toEqual({ count: 0, lines: [] });
    const { lines } = await search('two|one', 5, size);
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(lines.map(({ text }) => text).join('\n')).not.toContain('Canary');
  }
});

test('A log of the API shows who hid it, and what is around it', () => {
  const shown = bytesOfLog(`data:text/plain;base64,${Buffer.from(log).toString('base64')}`).toString();
  expect(shown).toContain(`one\n${border('BEGIN')}\n${mask}`);
  expect(shown.split('\n')).toHaveLength(8);
  expect(shown).toMatch(/two\nthree$/);
});

test.each<[string, readonly string[]]>([
  ['one that was cut', [border('BEGIN', 'RSA '), ...body]],
  ['one whose beginning was cut', [...body, border('END', 'OPENSSH ')]],
  ['an encrypted one', [border('BEGIN', 'EC '), 'Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES,0', '', ...body]],
  [
    'one behind times',
    key.map((line) => `2026-11-26 18:00:01 ${line}`).filter((line) => !line.includes('2=')),
  ],
  ['one with carriage returns', key.map((line) => `${line}\r`)],
])('Of a private key, %s, the body is hidden', (_, lines) => {
  const { bytes } = hidePrivateKeys(Buffer.from(lines.join('\n')));
  expect(bytes.toString()).not.toContain('Canary');
  expect(bytes).toHaveLength(Buffer.byteLength(lines.join('\n')));
});

test.each([
  'a sentence about a -----BEGIN PRIVATE KEY----- border\nMIICanary',
  '-----BEGIN CERTIFICATE-----\nMIICanary\n-----END CERTIFICATE-----',
  '-----BEGIN PRIVATE KEY-----\nnot base64!\nMIICanary',
  'words\nand words\n',
])('%j stays as it is', (text) => {
  expect(hidePrivateKeys(Buffer.from(text)).bytes.toString()).toBe(text);
});
