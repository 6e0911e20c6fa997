/** SearchTaskLogs against a real engine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokensOf } from '../../../src/mcp/render/truncate.ts';
import { startOverEngine, submissionOf, task } from './over-engine.ts';

let over: Awaited<ReturnType<typeof startOverEngine>>;
let JobId: string;
beforeAll(async () => {
  over = await startOverEngine();
  const command = `i=$BATCH_TASK_INSTANCE_INDEX
echo "begin $i"; echo "step of $i"; echo "end $i"
if [ $i = 137 ]; then echo "disk /dev/vdb is FULL" >&2; fi`;
  JobId = await over.finish(submissionOf([task('sweep', command, { TaskInstanceNum: 200 })]));
});
afterAll(() => over.stop());

const search = (more: Readonly<Record<string, unknown>>) =>
  over.run('SearchTaskLogs', { JobId, TaskName: 'sweep', ...more });
const linesOf = (fields: Readonly<Record<string, unknown>>) =>
  String(fields.matches ?? '')
    .split('\n')
    .slice(1, -1);

test('SearchTaskLogs finds a line in one of 200 logs, and reports that it searched 200 of 200', async () => {
  const { fields, calls, progress } = await search({ pattern: 'is FULL$', stream: 'stderr' });
  expect(fields).toEqual({
    summary: `1 matching line in 1 of 200 instances: task "sweep" of ${JobId}.`,
    coverage: 'Searched 200 of 200 instances, complete logs. 199 of them have no output.',
    matchingInstances: '137',
    untrusted: expect.any(String),
    matches: expect.any(String),
  });
  expect(linesOf(fields)).toEqual(['137 stderr:1: disk /dev/vdb is FULL']);
  // The last call asks which of those without output have not ended.
  expect(calls).toEqual([...Array.from({ length: 20 }, () => 'DescribeTaskLogs'), 'DescribeTask']);
  expect(progress.at(-1)).toEqual({ done: 200, total: 200, message: '200 of 200 instances' });
});

test('SearchTaskLogs shows the lines around a match', async () => {
  const { fields } = await search({ pattern: 'step of 7$', context: 1 });
  expect(linesOf(fields)).toEqual(['7 stdout-1- begin 7', '7 stdout:2: step of 7', '7 stdout-3- end 7']);
});

test('SearchTaskLogs counts all matches, shows a page of them, and continues at the cursor', async () => {
  const seen: number[] = [];
  let cursor: unknown;
  for (let page = 0; page < 20; page += 1) {
    const { fields, text } = await search({ pattern: '(?i)BEGIN', ...(cursor !== undefined && { cursor }) });
    expect(tokensOf(text)).toBeLessThan(8000);
    seen.push(...linesOf(fields).map((line) => Number(line.split(' ')[0])));
    if (page === 0) {
      expect(fields).toMatchObject({ shown: 'the first 20 of 200 that match', cursor: '20' });
    }
    cursor = fields.cursor;
    if (cursor === undefined) break;
  }
  expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index));
});

test('SearchTaskLogs reports that nothing matches', async () => {
  const { fields } = await search({ pattern: 'no such text' });
  expect(fields.summary).toBe(`No matching line: task "sweep" of ${JobId}.`);
  expect(fields.matches).toBeUndefined();
  expect((await search({ pattern: 'x', cursor: '200' })).fields.summary).toBe(
    `There is nothing after instance 199 of task "sweep" of ${JobId}.`,
  );
});

describe('SearchTaskLogs rejects', () => {
  test.each([
    ['an invalid pattern', 'a('],
    ['a backreference, which RE2 does not support', '(a)\\1'],
    ['a lookahead, which RE2 does not support', '(?=a)'],
    ['a pattern that would be slow', '(.{1,600})x'],
  ])('%s', async (_, pattern) => {
    await expect(search({ pattern })).rejects.toMatchObject({
      name: 'InputError',
      issues: [{ path: 'pattern', code: 'InvalidParameterValue' }],
    });
  });

  test('a task that does not exist, with the code of the service', async () => {
    await expect(
      over.run('SearchTaskLogs', { JobId, TaskName: 'missing', pattern: 'a' }),
    ).rejects.toMatchObject({
      name: 'ApiError',
      code: 'ResourceNotFound.Task',
    });
  });
});

test('SearchTaskLogs makes no further calls when the request is cancelled', async () => {
  const before = over.engine.requests.length;
  const request = new AbortController();
  const searching = over.run(
    'SearchTaskLogs',
    { JobId, TaskName: 'sweep', pattern: 'a' },
    { signal: request.signal, onProgress: () => request.abort() },
  );
  await expect(searching).rejects.toMatchObject({ name: 'AbortError' });
  // The first page, and at most the calls in flight with it.
  expect(over.engine.requests.length - before).toBeLessThanOrEqual(5);
});

test('SearchTaskLogs of one instance shows a hundred matches and continues inside the log', async () => {
  const id = await over.finish(submissionOf([task('a', 'seq -f "hit %g" 1 250', { TaskInstanceNum: 2 })]));
  const find = (more: object) =>
    over.run('SearchTaskLogs', { JobId: id, TaskName: 'a', pattern: 'hit', ...more });
  const many = (await find({})).fields;
  expect(linesOf(many)).toHaveLength(12);
  expect(many.next).toContainEqual(expect.stringContaining('`instances` of one instance'));
  const numbers: number[] = [];
  let cursor: unknown;
  for (let page = 0; page < 5; page += 1) {
    const { fields } = await find({ instances: '1', ...(cursor !== undefined && { cursor }) });
    numbers.push(
      ...linesOf(fields)
        .flatMap((line) => /^1 stdout:(\d+): hit/.exec(line)?.[1] ?? [])
        .map(Number),
    );
    cursor = fields.cursor;
    if (cursor === undefined) break;
  }
  expect(numbers).toEqual(Array.from({ length: 250 }, (_, at) => at + 1));
});

test('SearchTaskLogs searches the failed instances alone', async () => {
  const id = await over.finish(
    submissionOf([task('a', 'echo hit; [ $BATCH_TASK_INSTANCE_INDEX != 2 ]', { TaskInstanceNum: 4 })]),
  );
  const { fields } = await over.run('SearchTaskLogs', {
    ...{ JobId: id, TaskName: 'a', pattern: 'hit', instances: 'failed' },
  });
  expect(linesOf(fields)).toEqual(['2 stdout:1: hit']);
  expect(fields.summary).toBe(`1 matching line in 1 of 1 instances: task "a" of ${id}, instances 2.`);
});
