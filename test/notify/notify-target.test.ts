import { describe, expect, test } from 'vitest';
import { parseNotifyTarget, readNotifySecret } from '../../src/notify/notify-target.ts';

const problemOf = (text: string) => {
  const parsed = parseNotifyTarget(text);
  return 'problem' in parsed ? parsed.problem : undefined;
};

describe('the target of notices', () => {
  test.each([
    ['/usr/local/bin/on job', ['/usr/local/bin/on job']],
    ['notify-send', ['notify-send']],
    ['["/bin/sh","-c","cat >> log"]', ['/bin/sh', '-c', 'cat >> log']],
    ['C:/tools/notify.exe', ['C:/tools/notify.exe']],
  ])('%s is a command that is not split', (text, argv) => {
    expect(parseNotifyTarget(text)).toEqual({ target: { kind: 'command', argv } });
  });

  test.each([
    'https://example.com/hook?x=1',
    'http://127.0.0.1:9000/',
    'http://localhost:1/',
    'http://[::1]:1/',
  ])('%s is a webhook', (text) => {
    expect(parseNotifyTarget(text)).toEqual({ target: { kind: 'webhook', url: new URL(text) } });
  });

  test.each([
    ['', 'names no program'],
    ['[]', 'names no program'],
    ['["a", 1]', 'is not a JSON list'],
    ['["a"', 'is not a JSON list'],
    ['bin/notify', 'has a relative path'],
    ['["./notify"]', 'has a relative path'],
    ['["a\\u0000b"]', 'contains a NUL'],
    ['http://example.com/', 'has to begin with https://'],
    ['http://127.0.0.1.example.com/', 'has to begin with https://'],
    ['ftp://127.0.0.1/', 'has to begin with https://'],
    ['https://user:pass@example.com/', 'holds a user or a password'],
    ['https://', 'is not a valid URL'],
  ])('%j is refused', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});

describe('the signing secret', () => {
  test('is whsec_ and a key of 24 to 64 bytes in Base64', () => {
    const key = Buffer.alloc(32, 7);
    expect(readNotifySecret(`whsec_${key.toString('base64')}`)).toEqual({ key });
  });

  test.each([
    undefined,
    '',
    'whsec_',
    'whsec_c2hvcnQ=',
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'secret',
  ])('%j is refused, and not repeated in the message', (text) => {
    const read = readNotifySecret(text);
    expect(read).toHaveProperty('problem');
    if (text) expect(JSON.stringify(read)).not.toContain(`"${text}"`);
  });
});
