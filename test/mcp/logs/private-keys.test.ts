/** Private keys that a job printed: hidden however the log is read. */
import { expect, test } from 'vitest';
import { bytesOfLog } from '../../../src/mcp/logs/api-log.ts';
import { compilePattern } from '../../../src/mcp/logs/pattern.ts';
import { hidePrivateKeys } from '../../../src/mcp/logs/private-keys.ts';
import { type LogPart, readLines } from '../../../src/mcp/logs/read-lines.ts';
import { type LogPosition, searchLines } from '../../../src/mcp/logs/search-lines.ts';
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
  ['bytes inside the key', { kind: 'bytes', first: 40, last: 150 }],
  ['bytes inside one line of the key', { kind: 'bytes', first: 45, last: 60 }],
])('Reading %s shows no part of it, in blocks of any size', async (_, part) => {
  for (const size of [1, 7, 64, 1000]) {
    const { lines } = await readLines(logInBlocks(log, [size]), part, all);
    expect(lines.join('\n')).not.toContain('Canary');
    expect(lines.length).toBeGreaterThan(0);
  }
});

test('A tail that is limited to bytes inside the key shows no part of it', async () => {
  const cut = ['one', border('BEGIN'), ...body].join('\n');
  for (const maxBytes of [5, 20, 100])
    for (const lines of [1, 10]) {
      const read = await readLines(logInBlocks(cut), { kind: 'tail', lines }, { ...all, maxBytes });
      expect(read.lines.join('\n')).not.toContain('anary');
      expect(read.end - read.first).toBeGreaterThan(0);
    }
});

test('A search that continues inside the key does not find it', async () => {
  const search = (pattern: string, from: LogPosition) =>
    searchLines(logInBlocks(log, [64]), {
      ...{ context: 5, maxMatches: 5, from, required: undefined, mayRead: () => true },
      pattern: compilePattern('SearchTaskLogs', pattern),
    });
  for (const line of [3, 4, 5]) {
    const byte =
      log
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length + 1;
    expect((await search('Canary', { byte, line })).count).toBe(0);
    const { lines } = await search('three', { byte, line });
    expect(lines.at(-1)).toEqual({ number: 8, text: 'three', isMatch: true });
    expect(lines.map(({ text }) => text).join('\n')).not.toContain('Canary');
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

const behindTime = (line: string) => `2026-11-26 18:00:01 ${line}`;
const inContainerLog = (line: string) =>
  `${JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2026-11-26T18:00:01Z' })}`;

test.each<[string, readonly string[]]>([
  ['one that was cut', [border('BEGIN', 'RSA '), ...body]],
  ['one whose beginning was cut', [...body, border('END', 'OPENSSH ')]],
  ['an encrypted one', [border('BEGIN', 'EC '), 'Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES,0', '', ...body]],
  ['one behind times', key.map(behindTime)],
  ['a short one behind times', [border('BEGIN', 'EC '), 'MHcCanary', border('END', 'EC ')].map(behindTime)],
  ['a short one behind times whose beginning was cut', ['MHcCanary', border('END', 'EC ')].map(behindTime)],
  [
    'an encrypted one behind times',
    [border('BEGIN', 'RSA '), 'Proc-Type: 4,ENCRYPTED', '', ...body].map(behindTime),
  ],
  ['one in a container log', key.map(inContainerLog)],
  ['one in a container log whose beginning was cut', [...body, border('END')].map(inContainerLog)],
  ['one in a container log that was cut', [inContainerLog(border('BEGIN')), '{"log":"MIICanary']],
  [
    'an encrypted one in a container log',
    [border('BEGIN'), 'Proc-Type: 4,ENCRYPTED', '', ...body].map(inContainerLog),
  ],
  [
    'one in strings of varying columns',
    key.slice(0, 3).map((line, at) => `{"time":"${'0'.repeat(at)}","msg":"${line}"}`),
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
  '12:00 -----BEGIN PRIVATE KEY-----\n12:01 no body\n12:02 MIICanary',
  `{"log":"-----BEGIN PRIVATE KEY-----"}\n{"log":"it's no body"}\n{"log":"MIICanary"}`,
])('%j stays as it is', (text) => {
  expect(hidePrivateKeys(Buffer.from(text)).bytes.toString()).toBe(text);
});

test('Hiding keys takes linear time, whatever a job prints', () => {
  // Quadratic time would take minutes.
  for (const unit of [
    'a',
    ' ',
    '"',
    '"a',
    'a ',
    '\\n',
    '"\\n',
    'A: ',
    'A'.repeat(40),
    border('BEGIN'),
    border('END'),
  ])
    for (const separator of ['', ' ', '\n']) {
      const text = `"${border('BEGIN')}"\n${(unit + separator).repeat(100_000)}-\n${border('END')}`;
      expect(hidePrivateKeys(Buffer.from(text)).bytes).toHaveLength(text.length);
    }
});
