/** What clients send instead of what the schema says: accepted where it has one meaning, refused with the nearest name otherwise. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientArguments } from '../../../src/mcp/arguments/client-arguments.ts';
import { readArguments } from '../../../src/mcp/arguments/read-arguments.ts';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import { createTools } from '../../../src/mcp/registry/tools.ts';
import { InputError } from '../../../src/shared/errors.ts';
import { mask } from '../../../src/shared/mask-credentials.ts';
import { root } from '../../paths.ts';

const tools = new Map(createTools().map((tool) => [tool.name, tool]));
const read = (name: string, args: Fields) => {
  const tool = tools.get(name);
  if (tool === undefined) throw new Error(`There is no tool ${name}.`);
  return readArguments(tool, args);
};
const issuesOf = (name: string, args: Fields) => {
  try {
    read(name, args);
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.issues;
    throw error;
  }
};

const JobId = 'job-1a2b3c4d';
const task = { Application: { DeliveryForm: 'LOCAL', Command: 'true' }, EnvId: 'env-1a2b3c4d' };
const submission = (job: object, more: object = {}) => ({
  Placement: { Zone: 'ap-guangzhou-3' },
  Job: { Tasks: [{ ...task, ...more }], ...job },
});

describe('null for an optional argument means that it is absent:', () => {
  test.each<[string, string, Fields, Fields]>([
    ['at the top', 'DescribeJobs', { Limit: null, Offset: null, JobIds: null, Filters: null }, {}],
    ['as JSON text', 'DescribeJobs', { JobIds: 'null', Filters: ' null ' }, {}],
    ['as JSON text in a nested object', 'SubmitJob', submission({ Dependences: 'null' }), submission({})],
    ['but not as a text', 'SubmitJob', submission({ JobName: 'null' }), submission({ JobName: 'null' })],
    ['in a nested object', 'SubmitJob', submission({ JobName: null }), submission({})],
    ['in an item of a list', 'SubmitJob', submission({}, { Timeout: null, EnvVars: null }), submission({})],
    [
      'three levels deep',
      'SubmitJob',
      submission({}, { Application: { ...task.Application, Docker: null, PackagePath: null } }),
      submission({}),
    ],
    [
      'for the arguments of this program',
      'TerminateJob',
      { JobId, Region: null, confirm: null, preview: null },
      { JobId },
    ],
    ['for detail', 'DescribeJob', { JobId, detail: null }, { JobId }],
    ['in a workflow', 'WaitForJob', { JobId, until: null, timeout: null }, { JobId }],
    [
      'inside JSON text',
      'SubmitJob',
      { ...submission({}), Job: JSON.stringify({ Tasks: [task], JobName: null }) },
      submission({}),
    ],
  ])('%s', (_, name, sent, fields) => {
    expect(read(name, sent)).toEqual({
      fields,
      region: undefined,
      confirm: false,
      preview: undefined,
      detail: 'concise',
      notices: expect.any(Array),
    });
  });

  test('a required argument that is null is reported as missing', () => {
    expect(issuesOf('DescribeJob', { JobId: null })).toEqual([
      { path: 'JobId', message: 'It is required: a string.', code: 'MissingParameter' },
    ]);
  });
});

describe('numerals and booleans as text are read as the service reads them:', () => {
  test.each<[string, string, Fields, Fields]>([
    ['a whole number', 'DescribeJobs', { Limit: '5', Offset: '0' }, { Limit: 5, Offset: 0 }],
    ['in a nested object', 'SubmitJob', submission({ Priority: '1' }), submission({ Priority: 1 })],
    [
      'in a list',
      'DescribeTaskLogs',
      { JobId, TaskName: 'a', TaskInstanceIndexes: ['0', '1'] },
      { JobId, TaskName: 'a', TaskInstanceIndexes: [0, 1] },
    ],
    [
      'a boolean in upper case',
      'SubmitJob',
      submission({}, { RestartComputeNode: 'TRUE' }),
      submission({}, { RestartComputeNode: true }),
    ],
    [
      'a boolean in mixed case',
      'SubmitJob',
      submission({}, { RestartComputeNode: 'False' }),
      submission({}, { RestartComputeNode: false }),
    ],
    ['in a workflow', 'WaitForJob', { JobId, timeout: '30' }, { JobId, timeout: 30 }],
    ['but not in a text', 'SubmitJob', submission({ JobName: '5' }), submission({ JobName: '5' })],
  ])('%s', (_, name, sent, fields) => {
    expect(read(name, sent).fields).toEqual(fields);
  });

  test.each(['', ' 5', '5 ', '0x5', '1e2', '+5', 'five', '5,0'])('%j is no numeral', (Limit) => {
    expect(issuesOf('DescribeJobs', { Limit }).map(({ path }) => path)).toEqual(['Limit']);
  });

  test.each(['true', 'TRUE', 1, 'yes'])('confirm: %j does not confirm', (confirm) => {
    expect(issuesOf('TerminateJob', { JobId, confirm })).toEqual([
      { path: 'confirm', message: expect.stringContaining('true or false'), code: 'InvalidParameter' },
    ]);
  });
});

describe('an argument that a client adds is ignored:', () => {
  test.each(Object.keys(clientArguments))('%s', (name) => {
    expect(read('DescribeJobs', { [name]: { any: 'value' } }).fields).toEqual({});
  });

  test('and is listed in docs/hosts.md', () => {
    const page = readFileSync(join(root, 'docs', 'hosts.md'), 'utf8');
    const table = page.slice(page.indexOf('| Argument |'));
    const listed = [...table.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, client]) => [
      name,
      client?.toLowerCase(),
    ]);
    expect(listed).toEqual(
      Object.entries(clientArguments).map(([name, client]) => [name, client.toLowerCase()]),
    );
  });

  test('but not below the top, and not where it looks like one of the list', () => {
    expect(issuesOf('SubmitJob', submission({ task_progress: 'x' })).map(({ path }) => path)).toEqual([
      'Job.task_progress',
    ]);
    expect(issuesOf('DescribeJobs', { taskProgress: 'x' }).map(({ path }) => path)).toEqual(['taskProgress']);
  });
});

describe('any other unknown argument is refused, with the nearest name:', () => {
  test.each<[string, string, Fields, string]>([
    ['region', 'DescribeJobs', {}, 'Region'],
    ['details', 'DescribeJob', { JobId }, 'detail'],
    ['confirmed', 'TerminateJob', { JobId }, 'confirm'],
    ['preview_code', 'TerminateJob', { JobId }, 'preview'],
    ['limit', 'DescribeJobs', {}, 'Limit'],
    ['job-ids', 'DescribeJobs', {}, 'JobIds'],
    ['timeoutt', 'WaitForJob', { JobId }, 'timeout'],
  ])('%s', (key, name, args, meant) => {
    expect(issuesOf(name, { ...args, [key]: 'x' })).toEqual([
      { path: key, message: `There is no such field. Did you mean ${meant}?`, code: 'UnknownParameter' },
    ]);
  });

  test.each(['job_id', 'JOBID', 'jobId', 'jobID', 'Job_Id'])('%s instead of JobId counts once', (key) => {
    expect(issuesOf('DescribeJob', { [key]: JobId })).toEqual([
      { path: key, message: 'There is no such field. Did you mean JobId?', code: 'UnknownParameter' },
    ]);
  });

  test('a value that is wrong in two ways counts once', () => {
    const wrong = issuesOf('DescribeJobs', { Limit: -1.5 });
    expect(wrong.map(({ path }) => path)).toEqual(['Limit']);
  });
});

test.each<[string, (text: string) => Fields, string]>([
  [
    'in a known argument',
    (text) => ({ Job: JSON.parse(text), Placement: { Zone: 'ap-guangzhou-3' } }),
    'Job',
  ],
  ['in an unknown argument', (text) => ({ ...submission({}), extra: JSON.parse(text) }), 'extra'],
  ['as JSON text', (text) => ({ Job: text, Placement: {} }), 'Job'],
])('5,000 levels of nesting %s are an error of that argument', (_, argsOf, path) => {
  const text = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
  expect(issuesOf('SubmitJob', argsOf(text))).toEqual([
    { path, message: 'It is nested too deep: at most 100 levels are read.', code: 'InvalidParameterValue' },
  ]);
});

describe('a mask of this program is refused as a value, and the field is named:', () => {
  test.each<[string, Fields, string]>([
    [
      'a variable',
      submission({}, { EnvVars: [{ Name: 'A', Value: mask }] }),
      'Job.Tasks[0].EnvVars[0].Value',
    ],
    [
      'a password',
      submission({}, { Authentications: [{ Scene: 'COS', SecretId: 'A', SecretKey: mask }] }),
      'Job.Tasks[0].Authentications[0].SecretKey',
    ],
    [
      'a part of a command',
      submission({}, { Application: { DeliveryForm: 'LOCAL', Command: `curl https://${mask}@host` } }),
      'Job.Tasks[0].Application.Command',
    ],
  ])('%s', (_, args, path) => {
    expect(issuesOf('SubmitJob', args)).toEqual([
      { path, message: expect.stringContaining('contains a mask'), code: 'InvalidParameterValue' },
    ]);
  });
});
