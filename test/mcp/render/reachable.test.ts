import { expect, test } from 'vitest';
import { reachableAnswerOf, withReachable } from '../../../src/mcp/render/reachable.ts';

const toolsOf = (listed: readonly string[], scriptable: readonly string[] = []) => ({
  all: new Set(['FindJobs', 'DescribeJob', 'DescribeTask', 'RetryJobs', 'SubmitJob']),
  listed: new Set(listed),
  scriptable: new Set(scriptable),
});

const hint = 'DescribeJob returns its state; RetryJobs runs it again. Nothing was sent.';

test('a text about listed tools is unchanged', () => {
  expect(withReachable(hint, toolsOf(['DescribeJob', 'RetryJobs']))).toBe(hint);
});

test('a clause about a tool that cannot be called is left out', () => {
  expect(withReachable(hint, toolsOf(['RetryJobs']))).toBe('RetryJobs runs it again. Nothing was sent.');
  expect(withReachable(hint, toolsOf(['DescribeJob']))).toBe(
    'DescribeJob returns its state. Nothing was sent.',
  );
  expect(withReachable('RetryJobs runs it again.', toolsOf([]))).toBe('');
  expect(withReachable('DescribeJob returns it; RetryJobs runs it.', toolsOf(['DescribeJob']))).toBe(
    'DescribeJob returns it.',
  );
});

test('a tool that only a script can call is named with the script', () => {
  expect(withReachable(hint, toolsOf(['DescribeJob'], ['DescribeJob', 'RetryJobs']))).toBe(
    'DescribeJob returns its state; RetryJobs runs it again (RunScript can call RetryJobs). Nothing was sent.',
  );
});

test('of a list in parentheses the tools that can be called remain', () => {
  const text = 'List them (FindJobs, DescribeTask) and check Region.';
  expect(withReachable(text, toolsOf(['FindJobs']))).toBe('List them (FindJobs) and check Region.');
  expect(withReachable(text, toolsOf([]))).toBe('List them and check Region.');
});

test('the address of a page is left out only where its tool cannot be called', () => {
  const text = 'Compare it with batch://reference/SubmitJob.';
  expect(withReachable(text, toolsOf([], ['SubmitJob']))).toBe(text);
  expect(withReachable(text, toolsOf([]))).toBe('');
});

test('an answer loses only hints, and keeps the data', () => {
  const fields = { JobName: 'RetryJobs', undo: 'RetryJobs runs it again.' };
  expect(
    reachableAnswerOf({ summary: 'RetryJobs', fields, next: [hint, 'RetryJobs.'] }, toolsOf([])),
  ).toEqual({
    summary: 'RetryJobs',
    fields: { JobName: 'RetryJobs', undo: '' },
    next: ['Nothing was sent.'],
  });
});

test('an answer says of a tool that only a script can call so with its first mention', () => {
  const { next } = reachableAnswerOf(
    { summary: '', fields: {}, next: ['RetryJobs runs it again.', 'RetryJobs is enough.'] },
    toolsOf([], ['RetryJobs']),
  );
  expect(next).toEqual(['RetryJobs runs it again (RunScript can call RetryJobs).', 'RetryJobs is enough.']);
});
