import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test } from 'vitest';
import { compact } from '../../../src/mcp/render/compact.ts';
import { render } from '../../../src/mcp/render/render.ts';
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

test('the default form omits empty fields and zero counts and shows ages; the full form has all fields', () => {
  const fields = {
    CreateTime: '2026-11-22T11:56:00Z',
    EndTime: null,
    Tags: [],
    Metrics: { RunningCount: 0, FailedCount: 2 },
    ExitCode: 0,
  };
  expect(compact(fields, now)).toEqual({
    CreateTime: '2026-11-22 11:56:00Z (4m ago)',
    Metrics: { FailedCount: 2 },
    ExitCode: 0,
  });
  expect(render({ summary: 'x', fields }, full).structuredContent).toEqual({
    summary: 'x',
    ...fields,
  });
});

test('a list is truncated unless Limit is given, with a note about the rest', () => {
  const fields = { JobSet: Array.from({ length: 57 }, (_, index) => ({ JobId: `job-${index}` })) };
  const short = render({ summary: 'x', fields }, { ...concise, hasDetail: true }).structuredContent;
  expect((short.JobSet as unknown[]).length).toBe(20);
  expect(short.truncated).toEqual(['JobSet: 20 of 57 shown']);
  expect(short.next).toEqual([
    'The same call with detail: "full" shows what was truncated: up to 749 tokens.',
  ]);
  const asked = render({ summary: 'x', fields }, { ...concise, hasLimit: true }).structuredContent;
  expect((asked.JobSet as unknown[]).length).toBe(57);
  expect(asked.truncated).toBeUndefined();
});

test('the next page begins after the last item shown', () => {
  const fields = { JobSet: Array.from({ length: 57 }, (_, index) => ({ JobId: `job-${index}` })) };
  const page = { tool: 'DescribeJobs', list: 'JobSet', offset: 100, total: 300 };
  expect(render({ summary: 'x', fields, page }, concise).structuredContent.next).toEqual([
    '180 more: DescribeJobs with Offset 120 and otherwise the same arguments.',
  ]);
  const asked = render({ summary: 'x', fields, page }, { ...concise, hasLimit: true }).structuredContent;
  expect(asked.next).toEqual(['143 more: DescribeJobs with Offset 157 and otherwise the same arguments.']);
  const last = { ...page, total: 157 };
  expect(
    render({ summary: 'x', fields, page: last }, { ...concise, hasLimit: true }).structuredContent.next,
  ).toBeUndefined();
});

test('a finished instance shows its times, an unfinished one its progress', () => {
  const [CreateTime, LaunchTime, RunningTime] = ['11:59:00', '11:59:10', '11:59:20'].map(
    (time) => `2026-11-22T${time}Z`,
  );
  expect(compact({ CreateTime, LaunchTime, RunningTime }, now)).toEqual({
    RunningTime: '2026-11-22 11:59:20Z (40s ago)',
  });
  expect(Object.keys(compact({ CreateTime, LaunchTime, RunningTime: null }, now))).toEqual([
    'CreateTime',
    'LaunchTime',
  ]);
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
