/** Lists of the API as tables: what they contain, and what they cost in tokens (o200k). */
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { actions } from '../../../src/catalogue/index.ts';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import { untrustedText } from '../../../src/mcp/contract/untrusted-text.ts';
import { render } from '../../../src/mcp/render/render.ts';
import { withTables } from '../../../src/mcp/render/tabulate.ts';

const start = Date.parse('2026-11-22T10:00:00Z');
const now = start + 7_200_000;
const timeAt = (seconds: number) => `${new Date(start + seconds * 1000).toISOString().slice(0, 19)}Z`;
const idAt = (index: number) => (index * 7919 + 1_679_616).toString(36).padStart(8, 'a').slice(0, 8);

const jobAt = (index: number): Fields => ({
  JobId: `job-${idAt(index)}`,
  JobName: `${['nightly-report', 'render-frames', 'sweep', 'align'][index % 4]}-${index}`,
  JobState: ['SUCCEED', 'FAILED', 'RUNNING'][index % 3],
  Priority: 1,
  Placement: { Zone: 'ap-guangzhou-3' },
  CreateTime: timeAt(-index * 613),
  EndTime: index % 3 === 2 ? null : timeAt(300 + index * 37 - index * 613),
  TaskMetrics: { SubmittedCount: 0, RunningCount: 0, SucceedCount: 2, FailedCount: index % 3 === 1 ? 1 : 0 },
  Tags: [
    { Key: 'owner', Value: ['anna', 'ben'][index % 2] },
    { Key: 'project', Value: `p${index % 5}` },
  ],
});

const instanceAt = (index: number): Fields => ({
  TaskInstanceIndex: index * 3,
  TaskInstanceState: 'FAILED',
  ExitCode: index % 4 === 0 ? 137 : 1,
  StateReason: 'failed',
  ComputeNodeInstanceId: `ins-${idAt(index)}`,
  CreateTime: timeAt(0),
  LaunchTime: timeAt(12 + index * 3),
  RunningTime: timeAt(20 + index * 3),
  EndTime: timeAt(200 + index * 10),
  RedirectInfo: { StdoutRedirectPath: '', StderrRedirectPath: '' },
  StateDetailedReason: '',
});

const disclosure = { shownVariables: [], secrets: [], random: (bytes: number) => new Uint8Array(bytes) };
const answerWith = (action: 'DescribeJobs' | 'DescribeTask', fields: Fields, detail: 'concise' | 'full') =>
  render(
    { summary: 'x', fields },
    { output: actions[action].output, detail, hasLimit: true, now, disclosure },
  );
const listOf = (length: number, itemAt: (index: number) => Fields) =>
  Array.from({ length }, (_, index) => itemAt(index));

describe('a table of jobs', () => {
  const { content, structuredContent } = answerWith('DescribeJobs', { JobSet: listOf(3, jobAt) }, 'concise');

  test('has their times, durations, tags and tasks', () => {
    expect(structuredContent.JobSet).toEqual({
      inEach: { Priority: 1, 'Placement.Zone': 'ap-guangzhou-3' },
      times: 'UTC 2026-11-22, now 12:00:00',
      columns: ['JobId', 'JobName', 'JobState', 'CreateTime', 'EndTime', 'elapsed', 'TaskMetrics', 'Tags'],
      rows: [
        [
          'job-aaa10000',
          'nightly-report-0',
          'SUCCEED',
          '10:00:00',
          '10:05:00',
          '5m 00s',
          '2 Succeed',
          'owner=anna, project=p0',
        ],
        [
          'job-aaa1063z',
          'render-frames-1',
          'FAILED',
          '09:49:47',
          '09:55:24',
          '5m 37s',
          '2 Succeed, 1 Failed',
          'owner=ben, project=p1',
        ],
        [
          'job-aaa10c7y',
          'sweep-2',
          'RUNNING',
          '09:39:34',
          null,
          '2h 20m',
          '2 Succeed',
          'owner=anna, project=p2',
        ],
      ],
    });
  });

  test('has the same in the text, one line for each job', () => {
    expect(content[0].text).toBe(
      [
        'x',
        'JobSet:',
        '  in each: Priority 1, Placement.Zone ap-guangzhou-3',
        '  times: UTC 2026-11-22, now 12:00:00',
        '  JobId|JobName|JobState|CreateTime|EndTime|elapsed|TaskMetrics|Tags',
        '  job-aaa10000|nightly-report-0|SUCCEED|10:00:00|10:05:00|5m 00s|2 Succeed|owner=anna, project=p0',
        '  job-aaa1063z|render-frames-1|FAILED|09:49:47|09:55:24|5m 37s|2 Succeed, 1 Failed|owner=ben, project=p1',
        '  job-aaa10c7y|sweep-2|RUNNING|09:39:34||2h 20m|2 Succeed|owner=anna, project=p2',
      ].join('\n'),
    );
  });
});

test.each([
  ['DescribeJobs', 'JobSet', jobAt, 5, 340],
  ['DescribeJobs', 'JobSet', jobAt, 37, 1_800],
  ['DescribeJobs', 'JobSet', jobAt, 100, 5_450],
  ['DescribeTask', 'TaskInstanceSet', instanceAt, 5, 260],
  ['DescribeTask', 'TaskInstanceSet', instanceAt, 37, 1_400],
  ['DescribeTask', 'TaskInstanceSet', instanceAt, 100, 3_800],
] as const)(
  'an answer of %s with %s of that many items is within its tokens, and at most 55 % of the form of the API',
  (action, list, itemAt, length, maximum) => {
    const items = listOf(length, itemAt);
    const { content, structuredContent } = answerWith(action, { [list]: items }, 'concise');
    expect(structuredContent.truncated).toBeUndefined();
    const sizes = [content[0].text, JSON.stringify(structuredContent)].map((text) => encode(text).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maximum);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(encode(JSON.stringify(items)).length * 0.55);
  },
);

test('a table of instances says that RunningTime is no duration', () => {
  const items = listOf(3, instanceAt);
  const { structuredContent } = answerWith('DescribeTask', { TaskInstanceSet: items }, 'concise');
  expect(structuredContent.TaskInstanceSet).toMatchObject({
    times: expect.stringMatching(/; RunningTime: when it started to run$/),
  });
});

test('times of several days have the day, and the year once', () => {
  const JobSet = [timeAt(0), timeAt(-90_000)].map((CreateTime) => ({ CreateTime, EndTime: null }));
  expect(answerWith('DescribeJobs', { JobSet }, 'concise').structuredContent.JobSet).toEqual({
    times: 'UTC 2026, now 2026-11-22 12:00:00Z',
    columns: ['CreateTime', 'elapsed'],
    rows: [
      ['11-22 10:00:00', '2h 00m'],
      ['11-21 09:00:00', '1d 03h'],
    ],
  });
});

test('a tag with a separator in it is quoted, so that it cannot look like two', () => {
  const JobSet = [{ Tags: [{ Key: 'a', Value: 'b, c=d' }] }];
  expect(answerWith('DescribeJobs', { JobSet }, 'concise').structuredContent.JobSet).toEqual({
    columns: ['Tags'],
    rows: [['a="b, c=d"']],
  });
});

test('the value of a tag whose name is that of a secret is masked in the table', () => {
  const JobSet = [{ Tags: [{ Key: 'db_password', Value: 'hunter22' }] }];
  expect(answerWith('DescribeJobs', { JobSet }, 'concise').content[0].text).not.toContain('hunter22');
});

test.each([
  ['the text of a job', [{ a: untrustedText('x', 'y') }, {}, {}]],
  ['lists of objects', [{ a: [{ b: 1 }] }, {}, {}]],
  ['environment variables', [{ EnvVars: ['a'] }, {}, {}]],
  ['fields of fields of fields', [{ a: { b: { c: 1 } } }, {}, {}]],
  [
    'more than forty different fields',
    listOf(3, (at) => Object.fromEntries(listOf(20, (_) => ({})).map((_, field) => [`f${at}-${field}`, 1]))),
  ],
  ['no more than two items without a schema', [{ a: 1 }, { a: 2 }]],
])('a list with %s stays a list', (_, items) => {
  expect(withTables({ items }, now)).toEqual({ items });
});

test('a list that no schema describes is a table from three items on', () => {
  expect(withTables({ items: [{ a: 1 }, { a: 2, b: ['x', 'y'] }, { b: [] }] }, now)).toEqual({
    items: {
      columns: ['a', 'b'],
      rows: [
        [1, null],
        [2, 'x, y'],
        [null, ''],
      ],
    },
  });
});

test('a table of a workflow is shortened as well: what is the same in each row, and the date, are written once', () => {
  const rowOf = (id: string, ended: string) => [id, '2026-11-22 10:00:00Z (2h ago)', ended, '5s', 'main'];
  const table = {
    columns: ['JobId', 'created', 'ended', 'ran', 'tasks'],
    rows: ['1', '2', '3'].map((second) => rowOf(`job-${second}`, `2026-11-22 11:00:0${second}Z (1h ago)`)),
  };
  expect(withTables({ jobs: table }, Date.parse('2026-11-22T12:00:00Z'))).toEqual({
    jobs: {
      inEach: { created: '10:00:00', ran: '5s', tasks: 'main' },
      times: 'UTC 2026-11-22, now 12:00:00',
      columns: ['JobId', 'ended'],
      rows: ['1', '2', '3'].map((second) => [`job-${second}`, `11:00:0${second}`]),
    },
  });
});
