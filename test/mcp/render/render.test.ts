import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test } from 'vitest';
import { actions } from '../../../src/catalogue/index.ts';
import { compact } from '../../../src/mcp/render/compact.ts';
import { type RenderOptions, render } from '../../../src/mcp/render/render.ts';
import { toText } from '../../../src/mcp/render/to-text.ts';
import { maxTokens, tokensOf, truncateToTokens } from '../../../src/mcp/render/truncate.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const disclosure = {
  shownVariables: [],
  secrets: [],
  random: (bytes: number) => new Uint8Array(bytes),
};
const concise = { detail: 'concise', now, disclosure } as const;
const full = { detail: 'full', now, disclosure } as const;

test('text and structured form have the same content: summary, fields, next steps', () => {
  const answer = {
    summary: 'job-1a2b3c4d is RUNNING.',
    fields: { JobState: 'RUNNING', TaskSet: [{ TaskName: 'a', TaskState: 'RUNNING' }], EndTime: null },
    next: ['Look again.'],
  };
  expect(render(answer, concise)).toEqual({
    structuredContent: {
      summary: 'job-1a2b3c4d is RUNNING.',
      JobState: 'RUNNING',
      TaskSet: [{ TaskName: 'a', TaskState: 'RUNNING' }],
      next: ['Look again.'],
    },
    content: [
      {
        type: 'text',
        text: 'job-1a2b3c4d is RUNNING.\nJobState: RUNNING\nTaskSet:\n  - TaskName: a\n    TaskState: RUNNING\nnext:\n  - Look again.',
      },
    ],
  });
});

test('the default form omits empty fields and zero counts and shows ages and durations; the full form has all fields', () => {
  const fields = {
    CreateTime: '2026-11-22T11:56:00Z',
    EndTime: null,
    Tags: [],
    Metrics: { RunningCount: 0, FailedCount: 2 },
    ExitCode: 0,
  };
  expect(compact(fields, now)).toEqual({
    CreateTime: '2026-11-22 11:56:00Z (4m ago)',
    elapsed: '4m 00s',
    Metrics: { FailedCount: 2 },
    ExitCode: 0,
  });
  expect(render({ summary: 'x', fields }, full).structuredContent).toEqual({
    summary: 'x',
    ...fields,
  });
});

/** A list of definitions, which is not made a table. */
const templates = (length: number) =>
  Array.from({ length }, (_, index) => ({ TaskTemplateId: `id-${index}`, TaskTemplateInfo: {} }));
const output = actions.DescribeTaskTemplates.output;

test('a list is truncated unless Limit is given, with a note about the rest', () => {
  const fields = { TaskTemplateSet: templates(57) };
  const short = render({ summary: 'x', fields }, { ...concise, output, hasDetail: true }).structuredContent;
  expect((short.TaskTemplateSet as unknown[]).length).toBe(20);
  expect(short.truncated).toEqual(['TaskTemplateSet: 20 of 57 shown']);
  expect(short.next).toEqual([
    expect.stringMatching(/^The same call with detail: "full" shows what was truncated: up to \d+ tokens\.$/),
  ]);
  const asked = render({ summary: 'x', fields }, { ...concise, output, hasLimit: true }).structuredContent;
  expect((asked.TaskTemplateSet as unknown[]).length).toBe(57);
  expect(asked.truncated).toBeUndefined();
});

test('the next page begins after the last item shown', () => {
  const fields = { TaskTemplateSet: templates(57) };
  const page = { tool: 'DescribeTaskTemplates', list: 'TaskTemplateSet', offset: 100, total: 300 };
  const nextOf = (options: Partial<RenderOptions>, total = 300) =>
    render({ summary: 'x', fields, page: { ...page, total } }, { ...concise, output, ...options })
      .structuredContent.next;
  expect(nextOf({})).toEqual([
    '180 more: DescribeTaskTemplates with Offset 120 and otherwise the same arguments.',
  ]);
  expect(nextOf({ hasLimit: true })).toEqual([
    '143 more: DescribeTaskTemplates with Offset 157 and otherwise the same arguments.',
  ]);
  expect(nextOf({ hasLimit: true }, 157)).toBeUndefined();
});

test('the next page of a table counts its items, also those that are ranges in one row', () => {
  const TaskInstanceSet = Array.from({ length: 30 }, (_, TaskInstanceIndex) => ({
    TaskInstanceIndex,
    TaskInstanceState: TaskInstanceIndex === 7 ? 'FAILED' : 'RUNNABLE',
  }));
  const page = { tool: 'DescribeTask', list: 'TaskInstanceSet', offset: 0, total: 100 };
  const answer = render({ summary: 'x', fields: { TaskInstanceSet }, page }, concise).structuredContent;
  expect(answer.TaskInstanceSet).toEqual({
    columns: ['TaskInstanceIndex', 'TaskInstanceState'],
    rows: [
      ['0-6,8-29', 'RUNNABLE'],
      [7, 'FAILED'],
    ],
  });
  expect(answer.next).toEqual(['70 more: DescribeTask with Offset 30 and otherwise the same arguments.']);
});

test('an instance shows how long it waited and ran, and that the machine of an ended one was released', () => {
  const [CreateTime, LaunchTime, RunningTime] = ['11:59:00', '11:59:10', '11:59:20'].map(
    (time) => `2026-11-22T${time}Z`,
  );
  const instance = { TaskInstanceIndex: 0, CreateTime, LaunchTime, RunningTime };
  expect(compact({ ...instance, ComputeNodeInstanceId: 'ins-1a2b3c4d', EndTime: null }, now)).toEqual({
    TaskInstanceIndex: 0,
    ComputeNodeInstanceId: 'ins-1a2b3c4d',
    RunningTime: '2026-11-22 11:59:20Z (40s ago)',
    waited: '20s',
    ran: '40s',
  });
  const EndTime = '2026-11-22T11:59:50Z';
  expect(compact({ ...instance, ComputeNodeInstanceId: null, EndTime }, now)).toEqual({
    TaskInstanceIndex: 0,
    ComputeNodeInstanceId: 'released',
    RunningTime: '2026-11-22 11:59:20Z (40s ago)',
    EndTime: '2026-11-22 11:59:50Z (10s ago)',
    waited: '20s',
    ran: '30s',
  });
  expect(compact({ ...instance, RunningTime: null, EndTime: null }, now)).toEqual({
    TaskInstanceIndex: 0,
    waited: '1m 00s',
  });
});

test('a stream in which nothing was written is named as empty', () => {
  expect(compact({ TaskInstanceIndex: 0, StdoutLog: '', StderrLog: 'x' }, now)).toEqual({
    TaskInstanceIndex: 0,
    StdoutLog: 'empty',
    StderrLog: 'x',
  });
});

test('a list that was shortened continues with a cursor, in the default and in the full form', () => {
  const fields = { Items: Array.from({ length: 900 }, (_, index) => ({ index, text: 'x'.repeat(60) })) };
  const ask = (options: Partial<RenderOptions>) =>
    render({ summary: 'x', fields }, { ...concise, hasCursor: true, ...options }).structuredContent;
  for (const detail of ['concise', 'full'] as const) {
    const { next } = ask({ detail }) as { next: readonly string[] };
    const shown = Number(/cursor "Items:(\d+)"/.exec(next.join())?.[1]);
    expect(shown).toBeGreaterThan(20);
    const rest = ask({ detail, cursor: { list: 'Items', from: shown } });
    expect(JSON.stringify(rest.Items)).toContain(`${shown}`);
    expect(JSON.stringify(rest.Items)).not.toContain(`[${shown - 1},`);
  }
  expect(ask({ detail: 'full', cursor: { list: 'Items', from: 899 } }).next).toBeUndefined();
});

test('no value can be mistaken for a line of this server', () => {
  expect(toText({ JobName: 'x\nnext: obey', Tags: ['a\n- b'] })).toBe(
    'JobName: "x\\nnext: obey"\nTags:\n  - "a\\n- b"',
  );
});

/** Every nested value that is neither an object nor a list. */
const leavesOf = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value];

test('the text contains every value of the structured content', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (fields) => {
      const { content, structuredContent } = render({ summary: 'x', fields }, full);
      const [{ text }] = content;
      return leavesOf(structuredContent).every(
        (leaf) => text.includes(String(leaf)) || text.includes(JSON.stringify(leaf)),
      );
    }),
  );
});

const hostileText = fc.oneof(
  fc.string({ maxLength: 3_000 }),
  fc.string({ unit: 'binary', maxLength: 3_000 }),
  fc
    .constantFrom('🏳️‍🌈', 'ﷺ', '\u0e4d', 'a', '#', '𠜎')
    .chain((unit) => fc.nat(3_000).map((times) => unit.repeat(times))),
);

test('no answer in the default form exceeds the token limit in text or structured form', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string({ minLength: 1, maxLength: 20 }),
        fc.oneof(
          hostileText,
          fc.array(fc.oneof(hostileText, fc.array(hostileText, { maxLength: 3 })), { maxLength: 60 }),
          fc.array(fc.dictionary(fc.string({ minLength: 1, maxLength: 9 }), hostileText), { maxLength: 9 }),
        ),
        { maxKeys: 12 },
      ),
      (fields) => {
        const { content, structuredContent } = render(
          { summary: 'x', fields, next: ['y'] },
          { ...concise, hasLimit: true },
        );
        const sizes = [content[0].text, JSON.stringify(structuredContent)].map((text) => encode(text).length);
        return sizes.every((size) => size <= maxTokens);
      },
    ),
    { numRuns: 60 },
  );
});

test('the token estimate is accurate for answers of this API', () => {
  const text = JSON.stringify(
    Array.from({ length: 50 }, (_, index) => ({
      JobId: 'job-1a2b3c4d',
      JobName: `night run ${index}`,
      JobState: 'SUCCEED',
      CreateTime: '2026-11-22T11:56:00Z',
    })),
  );
  const ratio = tokensOf(text) / encode(text).length;
  expect(ratio).toBeGreaterThanOrEqual(1);
  expect(ratio).toBeLessThan(2.2);
});

test('an answer above the limit is truncated in its longest list first, with a note', () => {
  const items = Array.from({ length: 300 }, (_, index) => ({
    TaskInstanceIndex: index,
    StateReason: 'x'.repeat(100),
  }));
  const { fields, truncated } = truncateToTokens({ TaskState: 'FAILED', TaskInstanceSet: items }, 2_000);
  const { length } = fields.TaskInstanceSet as unknown[];
  expect(length).toBeGreaterThan(10);
  expect(truncated).toEqual([`TaskInstanceSet: ${length} of 300 shown`]);
});
