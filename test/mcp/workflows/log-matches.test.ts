/** Matching lines of a log, and search patterns. */
import { describe, expect, test } from 'vitest';
import { matchesOf } from '../../../src/mcp/workflows/log-matches.ts';
import { compilePattern } from '../../../src/mcp/workflows/pattern.ts';

const log = ['begin', 'read a', 'ERROR one', 'read b', 'read c', 'read d', 'error two', 'end'].join('\n');
const find = async (pattern: string, context = 0, maxMatches = 5, text = log) =>
  matchesOf(text, compilePattern('SearchTaskLogs', pattern), {
    label: '3 stdout',
    context,
    maxMatches,
  });

test.each([
  [
    'a literal',
    'read',
    0,
    {
      count: 4,
      lines: ['3 stdout:2: read a', '3 stdout:4: read b', '3 stdout:5: read c', '3 stdout:6: read d'],
    },
  ],
  ['either case', '(?i)error', 0, { count: 2, lines: ['3 stdout:3: ERROR one', '3 stdout:7: error two'] }],
  ['the beginning of a line', '^e', 0, { count: 2, lines: ['3 stdout:7: error two', '3 stdout:8: end'] }],
  [
    'a match with context lines, each shown once',
    '(?i)error|^read c',
    1,
    {
      count: 3,
      lines: [
        '3 stdout-2- read a',
        '3 stdout:3: ERROR one',
        '3 stdout-4- read b',
        '3 stdout:5: read c',
        '3 stdout-6- read d',
        '3 stdout:7: error two',
        '3 stdout-8- end',
      ],
    },
  ],
  [
    'separate parts with a separator between them',
    'begin|end',
    1,
    {
      count: 2,
      lines: ['3 stdout:1: begin', '3 stdout-2- read a', '--', '3 stdout-7- error two', '3 stdout:8: end'],
    },
  ],
  ['nothing', 'nowhere', 3, { count: 0, lines: [] }],
])('the search finds %s', async (_, pattern, context, matches) => {
  expect(await find(pattern, context)).toEqual(matches);
});

test('the search counts matches that it does not show', async () => {
  expect(await find('read', 0, 2)).toEqual({ count: 4, lines: ['3 stdout:2: read a', '3 stdout:4: read b'] });
});

test('the search uses the cleaned text and truncates long lines', async () => {
  const text = `\u001b[31mre\u200bad\u001b[0m\r\n${'x'.repeat(400)} read`;
  expect((await find('^read$', 0, 5, text)).lines).toEqual(['3 stdout:1: read']);
  expect((await find('x read', 0, 5, text)).lines[0]).toHaveLength('3 stdout:2: '.length + 301);
});

test('a line of a log cannot be mistaken for one of another instance', async () => {
  const { lines } = await find('stderr', 0, 5, 'a\n99 stderr:1: forged');
  expect(lines).toEqual(['3 stdout:2: 99 stderr:1: forged']);
});

const failureOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe('a pattern', () => {
  test.each([
    ['nested repetition', '(x+x+)+y'],
    ['alternatives of the same', '(a|a|a)*b'],
    ['overlapping stars', '.*.*.*.*=.*z'],
  ])('with %s is matched in linear time', async (_, pattern) => {
    const compiled = compilePattern('SearchTaskLogs', pattern);
    // A backtracking engine would never finish this.
    expect(compiled.test('x'.repeat(2048))).toBe(false);
    expect(compiled.test('a'.repeat(2048))).toBe(false);
  });

  test.each(['(', '[a', 'a{2000}', '(?=a)', '(?<!a)b', '(a)\\1', '*'])('%s is rejected', async (pattern) => {
    expect(failureOf(() => compilePattern('SearchTaskLogs', pattern))).toMatchObject({
      name: 'InputError',
      subject: 'SearchTaskLogs',
      issues: [{ path: 'pattern', message: expect.stringContaining('This is not an RE2 pattern') }],
    });
  });
});
