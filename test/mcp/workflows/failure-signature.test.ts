/** Normalization and similarity of the last lines of a log. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  commonSignatureOf,
  isAlike,
  normalizedOf,
  signatureOf,
} from '../../../src/mcp/workflows/failure-signature.ts';

describe('normalization replaces', () => {
  test.each([
    ['a time', '2026-11-22T03:10:11.123Z worker died', '<time> worker died'],
    ['a time of day', '03:10:11 worker died', '<time> worker died'],
    ['a date', 'backup of 2026/11/22 is gone', 'backup of <time> is gone'],
    ['a UUID', 'request 8a1c5e1a-0d9f-4c1b-9a5c-1f2e3d4c5b6a failed', 'request <id> failed'],
    ['ids of the API', 'job-1a2b3c4d on ins-9z8y7x6w', '<id> on <id>'],
    ['an address', 'connect 10.0.0.17:5432 refused', 'connect <address> refused'],
    ['a pointer', 'segfault at 0x7ffd0e1c', 'segfault at <n>'],
    ['a digest', 'digest 9f86d081884c7d65 does not match', 'digest <id> does not match'],
    ['numbers', 'row 1,024 of 5.5 in shard-17', 'row <n> of <n> in shard-<n>'],
  ])('%s', (_, line, normalized) => {
    expect(normalizedOf(line)).toBe(normalized);
  });

  test('nothing else in a line', () => {
    expect(normalizedOf('ValueError: facade is not a number')).toBe('ValueError: facade is not a number');
  });
});

test('a signature consists of the last three non-empty lines', () => {
  expect(signatureOf('one\ntwo\n\n  three  \n-----\n\u001b[31mfour\u001b[0m at 5\n\n')).toEqual([
    'two',
    'three',
    'four at <n>',
  ]);
  expect(signatureOf('')).toEqual([]);
  expect(signatureOf('\n \n---\n')).toEqual([]);
});

describe('two signatures', () => {
  test.each([
    [
      'are similar if one word of the last line differs',
      ['cannot open shard alpha'],
      ['cannot open shard beta'],
      true,
    ],
    ['are not similar if most words differ', ['cannot open shard alpha'], ['killed by the kernel'], false],
    [
      'are not similar if their last lines differ in length',
      ['cannot open it'],
      ['cannot open it now'],
      false,
    ],
    ['of one word are similar only if equal', ['failed'], ['stopped'], false],
    [
      'are not similar if only their end is equal',
      ['a b c d', 'e f g h', 'Error 2'],
      ['i j k l', 'm n o p', 'Error 2'],
      false,
    ],
    ['without text are similar', [], [], true],
    ['with and without text are not similar', [], ['failed'], false],
  ])('%s', (_, a, b, alike) => {
    expect([isAlike(a, b), isAlike(b, a)]).toEqual([alike, alike]);
  });

  test('are merged into their common part', () => {
    expect(commonSignatureOf(['begin', 'cannot open alpha'], ['first', 'cannot open beta'])).toEqual([
      '<*>',
      'cannot open <*>',
    ]);
    expect(commonSignatureOf(['a b', 'failed'], ['a', 'failed'])).toEqual(['failed']);
  });
});

test('computing the signature of any log is deterministic, and it is similar to itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (log) => {
      const signature = signatureOf(log);
      expect(signatureOf(log)).toEqual(signature);
      expect(isAlike(signature, signature)).toBe(true);
      expect(commonSignatureOf(signature, signature)).toEqual(signature);
    }),
  );
});
