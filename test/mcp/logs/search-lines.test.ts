/** Matching lines of a log, and search patterns. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesInMemory } from '../../../src/mcp/logs/log-bytes.ts';
import { compilePattern } from '../../../src/mcp/logs/pattern.ts';
import { requiredTextOf } from '../../../src/mcp/logs/required-text.ts';
import { type FoundLines, type LogPosition, searchLines } from '../../../src/mcp/logs/search-lines.ts';
import { logInBlocks } from './in-blocks.ts';

const log = ['begin', 'read a', 'ERROR one', 'read b', 'read c', 'read d', 'error two', 'end'].join('\n');

interface Options {
  readonly context?: number;
  readonly maxMatches?: number;
  readonly text?: string | Buffer;
  readonly blocks?: readonly number[];
  readonly from?: LogPosition;
  readonly withoutRequired?: boolean;
}

const find = async (pattern: string, options: Options = {}): Promise<FoundLines> => {
  const { context = 0, maxMatches = 5, text = log, blocks = [7], from = { byte: 0, line: 1 } } = options;
  return searchLines(logInBlocks(text, blocks), {
    ...{ context, maxMatches, from },
    pattern: compilePattern('SearchTaskLogs', pattern),
    required: options.withoutRequired ? undefined : requiredTextOf(pattern),
    mayRead: () => true,
  });
};
const shown = ({ lines }: FoundLines) =>
  lines.map(({ number, text, isMatch }) => `${number}${isMatch ? ':' : '-'} ${text}`);

test.each([
  ['a literal', 'read', 0, ['2: read a', '4: read b', '5: read c', '6: read d']],
  ['either case', '(?i)error', 0, ['3: ERROR one', '7: error two']],
  ['the beginning of a line', '^e', 0, ['7: error two', '8: end']],
  [
    'a match with context lines, each shown once',
    '(?i)error|^read c',
    1,
    ['2- read a', '3: ERROR one', '4- read b', '5: read c', '6- read d', '7: error two', '8- end'],
  ],
  ['separate parts', 'begin|end', 1, ['1: begin', '2- read a', '7- error two', '8: end']],
  ['nothing', 'nowhere', 3, []],
])('The search finds %s, whatever blocks the log arrives in', async (_, pattern, context, lines) => {
  for (const blocks of [[1], [7], [3, 11], [1000]])
    expect(shown(await find(pattern, { context, blocks }))).toEqual(lines);
});

test('The search counts matches that it does not show, and says where the first of them begins', async () => {
  const found = await find('read', { maxMatches: 2 });
  expect(found).toMatchObject({ count: 4, more: { byte: log.indexOf('read c'), line: 5 } });
  expect(shown(found)).toEqual(['2: read a', '4: read b']);
  expect(shown(await find('read', { from: found.more ?? { byte: 0, line: 1 } }))).toEqual([
    '5: read c',
    '6: read d',
  ]);
});

test('A match beside one that is shown is marked as a match, even if it is only counted', async () => {
  expect(shown(await find('read', { maxMatches: 2, context: 1 }))).toEqual([
    '1- begin',
    '2: read a',
    '3- ERROR one',
    '4: read b',
    '5: read c',
  ]);
});

test('The search ends where no more may be read, and continues from there', async () => {
  let blocks = 2;
  const first = await searchLines(logInBlocks(log, [20]), {
    pattern: compilePattern('SearchTaskLogs', 'r'),
    required: undefined,
    context: 0,
    maxMatches: 9,
    from: { byte: 0, line: 1 },
    mayRead: () => blocks-- > 0,
  });
  const at = first.stoppedAt ?? { byte: 0, line: 0 };
  expect(log.slice(0, at.byte).split('\n').length).toBe(at.line);
  const rest = await find('r', { from: at, maxMatches: 9 });
  expect([...shown(first), ...shown(rest)]).toEqual(shown(await find('r', { maxMatches: 9 })));
});

test('The search uses the cleaned text of a line, so a pattern cannot find out what is masked', async () => {
  const text = '\u001b[31mre\u200bad\u001b[0m\r\ncurl --token s3cr3tvalue9\n';
  expect(shown(await find('^read$', { text }))).toEqual(['1: read']);
  for (const withoutRequired of [true, false])
    expect((await find('s3cr3t', { text, withoutRequired })).count).toBe(0);
});

test('Line numbers are those of the raw log: a carriage return does not begin a line', async () => {
  expect(shown(await find('100%', { text: 'start\n10%\r50%\r100%\nend' }))).toEqual(['2: 10% 50% 100%']);
});

test('A line without end takes bounded memory: its beginning is searched, and the lines after it are counted', async () => {
  const text = Buffer.concat([Buffer.from(`start ${'x'.repeat(300_000)} hidden\n`), Buffer.from('after\n')]);
  expect((await find('hidden', { text, blocks: [50_000] })).count).toBe(0);
  expect(shown(await find('after', { text, blocks: [50_000] }))).toEqual(['2: after']);
  expect((await find('^start', { text, blocks: [50_000] })).count).toBe(1);
});

const anyLog = fc
  .array(fc.constantFrom('', 'abc', 'xabcx', 'ABC', 'a.c', 'ab', 'é abc', '\u001b[1mabc', 'abc\rd', '\t'), {
    maxLength: 30,
  })
  .map((lines) => lines.join('\n'));
const anyPattern = fc.constantFrom(
  'abc',
  '(?i)abc',
  'a.c',
  'ab+c',
  'abcd?',
  '^abc$',
  'a\\.c',
  'x?abc',
  '[a]bc',
);

test('Excluding lines by a required text changes nothing, for any log, blocks, context and limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLog,
      anyPattern,
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
      fc.nat({ max: 3 }),
      fc.integer({ min: 1, max: 5 }),
      async (text, pattern, blocks, context, maxMatches) => {
        const slow = await find(pattern, { text, context, maxMatches, withoutRequired: true, blocks: [1e6] });
        expect(await find(pattern, { text, context, maxMatches, blocks })).toEqual(slow);
      },
    ),
  );
});

describe('The text that every match contains', () => {
  test.each([
    ['disk full', 'disk full'],
    ['is FULL$', 'is FULL'],
    ['(?i)Error: ', 'error: '],
    ['step \\d+ failed', ' failed'],
    ['a\\.b\\.c', 'a.b.c'],
    ['abcd?', 'abc'],
    ['abcd*xyzw', 'xyzw'],
    ['fooo+bar', 'fooo'],
    ['[abc]defg', 'defg'],
  ])('of %s is %j', (pattern, text) => {
    expect(requiredTextOf(pattern)?.text).toBe(text);
  });

  test.each(['a|b', '(abc)', 'ab', '.*', '\\x41bcd', '[^]]abc|d', 'abc{0}', '错误信息'])(
    'is not known of %s',
    (pattern) => {
      expect(requiredTextOf(pattern)).toBeUndefined();
    },
  );
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

test('An empty log has no lines', async () => {
  const search = { pattern: compilePattern('SearchTaskLogs', ''), required: undefined, mayRead: () => true };
  const found = await searchLines(bytesInMemory(Buffer.alloc(0)), {
    ...search,
    context: 1,
    maxMatches: 5,
    from: { byte: 0, line: 1 },
  });
  expect(found).toEqual({ count: 0, lines: [] });
});
