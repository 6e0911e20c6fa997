import { expect, test } from 'vitest';
import { additionsOf, readArguments } from '../../../src/mcp/arguments/read-arguments.ts';
import type { Fields, Tool } from '../../../src/mcp/contract/tool.ts';
import { createTools, everyTool } from '../../../src/mcp/registry/tools.ts';
import { InputError } from '../../../src/shared/errors.ts';

const tools = new Map(createTools().map((tool) => [tool.name, tool]));
const toolOf = (name: string): Tool => tools.get(name) as Tool;
const issuesOf = (name: string, args: Fields) => {
  try {
    readArguments(toolOf(name), args);
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.issues;
    throw error;
  }
};

const Placement = { Zone: 'ap-guangzhou-3' };
const Job = {
  Tasks: [
    {
      TaskName: 'a',
      Application: { DeliveryForm: 'LOCAL', Command: 'true' },
      EnvId: 'env-1a2b3c4d',
    },
  ],
};

test('arguments passed as JSON strings are parsed if the schema expects an object or list', () => {
  const { fields } = readArguments(toolOf('SubmitJob'), {
    Placement: JSON.stringify(Placement),
    Job: { Tasks: JSON.stringify(Job.Tasks) },
  });
  expect(fields).toEqual({ Placement, Job });
});

test('a value out of bounds is rejected with the bound', () => {
  expect([
    ...issuesOf('SubmitJob', { Placement, Job: { Tasks: [] } }),
    ...issuesOf('DescribeJobs', { Limit: 1000 }),
    ...issuesOf('DescribeJobs', { Limit: 0 }),
  ]).toEqual([
    { path: 'Job.Tasks', message: 'It has to have at least 1 item.' },
    { path: 'Limit', message: 'It has to be at most 100.' },
    { path: 'Limit', message: 'It has to be at least 1.' },
  ]);
});

test('an unknown field is rejected with the list of fields if it is short', () => {
  const Application = { DeliveryForm: 'LOCAL', Command: 'true', Image: 'python' };
  expect(issuesOf('SubmitJob', { Placement, Job: { Tasks: [{ ...Job.Tasks[0], Application }] } })).toEqual([
    {
      path: 'Job.Tasks[0].Application.Image',
      message: 'There is no such field. The fields are DeliveryForm, Command, PackagePath, Docker, Commands.',
      code: 'UnknownParameter',
    },
  ]);
});

test('a string that looks like JSON is unchanged if the schema expects a string', () => {
  const command = '["not", "parsed"]';
  const { fields } = readArguments(toolOf('SubmitJob'), {
    Placement,
    Job: { Tasks: [{ ...Job.Tasks[0], Application: { DeliveryForm: 'LOCAL', Command: command } }] },
  });
  expect(fields).toEqual({
    Placement,
    Job: { Tasks: [{ ...Job.Tasks[0], Application: { DeliveryForm: 'LOCAL', Command: command } }] },
  });
});

test('arguments are sent unchanged, without defaults', () => {
  expect(readArguments(toolOf('DescribeJobs'), {}).fields).toEqual({});
});

test('arguments of this server and Region are not sent as input', () => {
  expect(
    readArguments(toolOf('TerminateJob'), {
      JobId: 'job-1a2b3c4d',
      Region: 'ap-guangzhou',
      confirm: true,
      preview: 'code',
    }),
  ).toEqual({
    fields: { JobId: 'job-1a2b3c4d' },
    region: 'ap-guangzhou',
    confirm: true,
    previewCode: 'code',
    detail: 'concise',
    notices: [],
  });
});

test.each([['true'], [1], ['yes'], [{}]])('confirm accepts only true and rejects %j', (confirm) => {
  expect(issuesOf('TerminateJob', { JobId: 'job-1a2b3c4d', confirm })).toEqual([
    {
      path: 'confirm',
      message: expect.stringContaining('has to be true or false'),
      code: 'InvalidParameter',
    },
  ]);
});

test('all invalid arguments are reported together, with path, expectation and error code', () => {
  expect(
    issuesOf('SubmitJob', {
      Job: {
        JobNam: 'typo',
        Priority: 'high',
        Tasks: [{ ...Job.Tasks[0], MaxRetryCount: 9, FailedAction: 'STOP', EnvId: 'env_1' }],
      },
    }),
  ).toMatchInlineSnapshot(`
    [
      {
        "code": "MissingParameter",
        "message": "It is required: an object.",
        "path": "Placement",
      },
      {
        "code": "InvalidParameter.EnvIdMalformed",
        "message": "An EnvId has the form env-1a2b3c4d.",
        "path": "Job.Tasks[0].EnvId",
      },
      {
        "code": "InvalidParameterValue",
        "message": "It has to be one of "TERMINATE", "INTERRUPT", "FAST_INTERRUPT", not "STOP".",
        "path": "Job.Tasks[0].FailedAction",
      },
      {
        "code": "InvalidParameterValue.MaxRetryCount",
        "message": "A failed instance is retried at most 5 times.",
        "path": "Job.Tasks[0].MaxRetryCount",
      },
      {
        "code": "InvalidParameter",
        "message": "It has to be a number, not a string.",
        "path": "Job.Priority",
      },
      {
        "code": "UnknownParameter",
        "message": "There is no such field. Did you mean JobName?",
        "path": "Job.JobNam",
      },
    ]
  `);
});

test('confirm is an unknown field of a tool that is not destructive', () => {
  expect(issuesOf('DescribeJob', { JobId: 'job-1a2b3c4d', confirm: true })).toMatchInlineSnapshot(`
    [
      {
        "code": "UnknownParameter",
        "message": "There is no such field. All fields: batch://reference/DescribeJob.",
        "path": "confirm",
      },
    ]
  `);
});

test('the schema of the arguments that every kind of tool takes in addition exists before the first call', () => {
  const [first, second] = [everyTool(), everyTool()].map((tools) => tools.map(additionsOf));
  const created = everyTool().filter((_, at) => first?.[at] !== second?.[at]);
  expect(created.map(({ name }) => name)).toEqual([]);
});
