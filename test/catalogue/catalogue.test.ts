/** Rules for every entry of the catalogue. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Action } from '../../src/catalogue/action.ts';
import { type ErrorCode, errorCodes } from '../../src/catalogue/error-codes.ts';
import { type ActionName, actionNames, actions, isActionName } from '../../src/catalogue/index.ts';
import { checkedCodesOf, undescribedOf } from './walk.ts';

const entries = Object.entries(actions) as readonly (readonly [ActionName, Action])[];
const named = (holds: (action: Action) => boolean) =>
  entries.filter(([, action]) => holds(action)).map(([name]) => name);
const wordsOf = (text: string) => text.split(/\s+/).length;
const repeatedIn = (texts: readonly string[]) => texts.filter((text, index) => texts.indexOf(text) !== index);

test('the actions are ordered by group', () => {
  const groups = Object.fromEntries(
    [...new Set(entries.map(([, { group }]) => group))].map((group) => [
      group,
      named((action) => action.group === group),
    ]),
  );
  expect(Object.values(groups).flat()).toEqual(actionNames);
  expect(groups).toMatchInlineSnapshot(`
    {
      "compute-env": [
        "CreateComputeEnv",
        "DescribeComputeEnvs",
        "DescribeComputeEnv",
        "DescribeComputeEnvCreateInfos",
        "DescribeComputeEnvCreateInfo",
        "DescribeComputeEnvActivities",
        "ModifyComputeEnv",
        "AttachInstances",
        "DetachInstances",
        "TerminateComputeNode",
        "TerminateComputeNodes",
        "DeleteComputeEnv",
      ],
      "job": [
        "SubmitJob",
        "DescribeJobs",
        "DescribeJob",
        "DescribeJobSubmitInfo",
        "DescribeTask",
        "DescribeTaskLogs",
        "DescribeJobMonitorData",
        "RetryJobs",
        "TerminateTaskInstance",
        "TerminateJob",
        "DeleteJob",
      ],
      "machine-type": [
        "DescribeInstanceCategories",
        "DescribeAvailableCvmInstanceTypes",
        "DescribeCvmZoneInstanceConfigInfos",
      ],
      "task-template": [
        "CreateTaskTemplate",
        "DescribeTaskTemplates",
        "ModifyTaskTemplate",
        "DeleteTaskTemplates",
      ],
    }
  `);
});

test('each action declares its effect', () => {
  expect({
    create: named(({ effect }) => effect === 'create'),
    change: named(({ effect }) => effect === 'change'),
    destroy: named(({ effect }) => effect === 'destroy'),
    destroysWith: named(({ destroysWith }) => destroysWith !== undefined),
    notIdempotent: named(({ idempotent }) => !idempotent),
  }).toMatchInlineSnapshot(`
    {
      "change": [
        "RetryJobs",
        "ModifyTaskTemplate",
        "ModifyComputeEnv",
      ],
      "create": [
        "SubmitJob",
        "CreateTaskTemplate",
        "CreateComputeEnv",
      ],
      "destroy": [
        "TerminateTaskInstance",
        "TerminateJob",
        "DeleteJob",
        "DeleteTaskTemplates",
        "AttachInstances",
        "DetachInstances",
        "TerminateComputeNode",
        "TerminateComputeNodes",
        "DeleteComputeEnv",
      ],
      "destroysWith": [
        "ModifyComputeEnv",
      ],
      "notIdempotent": [
        "SubmitJob",
        "RetryJobs",
        "CreateTaskTemplate",
        "CreateComputeEnv",
      ],
    }
  `);
});

test('exactly the actions that can destroy have a warning', () => {
  const canDestroy = named(({ effect, destroysWith }) => effect === 'destroy' || destroysWith !== undefined);
  expect(named(({ warning }) => warning !== undefined)).toEqual(canDestroy);
});

test('destroysWith names an argument of its action', () => {
  const unknown = entries.filter(
    ([, { destroysWith, input }]) => destroysWith !== undefined && !Object.hasOwn(input.shape, destroysWith),
  );
  expect(unknown).toEqual([]);
});

test('no two actions share a title', () => {
  expect(repeatedIn(entries.map(([, { title }]) => title))).toEqual([]);
});

test('every read-only action is idempotent', () => {
  expect(named(({ effect, idempotent }) => effect === 'read' && !idempotent)).toEqual([]);
});

describe.each(entries)('%s', (name, action) => {
  test('has a title, a summary and a warning of the required form and length', () => {
    expect(action.title).toMatch(/^[A-Z][^.]{3,48}$/);
    // The summary is part of the tool list that every session sends to the model.
    expect(wordsOf(action.summary)).toBeLessThanOrEqual(35);
    expect(action.summary).toMatch(/^[A-Z].*\.$/);
    expect(action.warning ?? 'None.').toMatch(/^[A-Z].*\.$/);
  });

  test('mentions only existing actions', () => {
    const texts = [action.summary, action.warning ?? ''];
    expect(actionsNamedIn(texts).filter((word) => !isActionName(word))).toEqual([]);
  });

  test('describes every field of its input and answer', () => {
    expect([...undescribedOf(action.input), ...undescribedOf(action.output)]).toEqual([]);
  });

  test('describes each argument in at most 15 words', () => {
    const long = Object.entries(z.toJSONSchema(action.input, { io: 'input' }).properties ?? {})
      .map(
        ([field, schema]) => [field, typeof schema === 'object' ? (schema.description ?? '') : ''] as const,
      )
      .filter(([, description]) => wordsOf(description) > 15);
    expect(long).toEqual([]);
  });

  test('has examples whose inputs and answers match its schemas', () => {
    expect(action.examples.length).toBeGreaterThan(0);
    expect(repeatedIn(action.examples.map(({ title }) => title))).toEqual([]);
    for (const { input, output } of action.examples) {
      expect(action.input.safeParse(input, { reportInput: true }).error?.issues ?? []).toEqual([]);
      expect(issuesOfAnswer(action.output, output)).toEqual([]);
      expect(Object.keys(output).sort()).toEqual(Object.keys(action.output.shape).sort());
    }
  });

  test('lists its error codes in alphabetical order without duplicates', () => {
    expect(action.errors).toEqual([...new Set(action.errors)].sort());
  });

  test('rejects unknown arguments', () => {
    const result = action.input.safeParse({ ...action.examples[0]?.input, Unknown: 1 });
    expect(result.error?.issues.map(({ code }) => code)).toEqual(['unrecognized_keys']);
  });

  test('accepts additional fields in its answer', () => {
    expect(issuesOfAnswer(action.output, { ...action.examples[0]?.output, Unknown: 1 })).toEqual([]);
  });

  test('links to the vendor documentation', () => {
    expect(action.docs).toMatch(/^https:\/\/(www\.tencentcloud\.com|cloud\.tencent\.com)\/document\//);
  });

  test('has a name and schemas that every MCP client supports', () => {
    expect(name).toMatch(/^[A-Z][A-Za-z]{1,50}$/);
    expect(violationsOf(z.toJSONSchema(action.input, { io: 'input' }))).toEqual([]);
    expect(z.toJSONSchema(action.output, { io: 'output' })).toMatchObject({ type: 'object' });
  });
});

test('the error codes of checks that their action does not list are known', () => {
  const unlisted = entries.map(([name, { input, errors }]) => {
    const codes = [...checkedCodesOf(input)].filter(
      (code) => !errors.includes(code) && !('common' in errorCodes[code]),
    );
    return [name, codes.sort()] as const;
  });
  // They come from shared schemas. The service, and the local engine, answer with their common parent code.
  expect(Object.fromEntries(unlisted.filter(([, codes]) => codes.length > 0))).toMatchInlineSnapshot(`
    {
      "AttachInstances": [
        "InvalidParameter.CvmParameters",
        "InvalidParameter.ImageIdMalformed",
      ],
      "CreateComputeEnv": [
        "InvalidParameterValue.InstanceTypeDuplicate",
        "InvalidParameterValue.InstanceTypesEmpty",
        "InvalidParameterValue.LimitExceeded",
        "InvalidParameterValue.NotFloat",
      ],
      "CreateTaskTemplate": [
        "InvalidParameter.InvalidParameterCombination",
        "InvalidParameter.TaskTemplateDescriptionTooLong",
        "InvalidParameterValue.InstanceType",
        "InvalidParameterValue.InstanceTypeDuplicate",
        "InvalidParameterValue.InstanceTypesEmpty",
        "InvalidParameterValue.LimitExceeded",
        "InvalidParameterValue.NotFloat",
        "InvalidParameterValue.TaskInstanceNum",
      ],
      "DescribeComputeEnvActivities": [
        "InvalidParameterValue.InvalidFilter",
        "InvalidParameterValue.LimitExceeded",
      ],
      "DescribeComputeEnvCreateInfos": [
        "InvalidParameterValue.InvalidFilter",
        "InvalidParameterValue.LimitExceeded",
      ],
      "DescribeComputeEnvs": [
        "InvalidParameterValue.LimitExceeded",
      ],
      "DescribeJobMonitorData": [
        "InvalidParameter.TaskName",
        "InvalidParameter.TaskNameTooLong",
        "InvalidParameterValue.Negative",
      ],
      "DescribeTask": [
        "InvalidParameter.TaskName",
        "InvalidParameter.TaskNameTooLong",
        "InvalidParameterValue.InvalidFilter",
        "InvalidParameterValue.LimitExceeded",
      ],
      "DescribeTaskTemplates": [
        "InvalidParameterValue.InvalidFilter",
        "InvalidParameterValue.LimitExceeded",
      ],
      "ModifyTaskTemplate": [
        "InvalidParameter.EnvIdMalformed",
        "InvalidParameter.ImageIdMalformed",
        "InvalidParameter.InvalidParameterCombination",
        "InvalidParameterValue.InstanceType",
        "InvalidParameterValue.InstanceTypeDuplicate",
        "InvalidParameterValue.InstanceTypesEmpty",
        "InvalidParameterValue.LimitExceeded",
        "InvalidParameterValue.NotFloat",
        "InvalidParameterValue.TaskInstanceNum",
      ],
      "SubmitJob": [
        "InvalidParameterValue.InstanceType",
        "InvalidParameterValue.InstanceTypesEmpty",
      ],
      "TerminateTaskInstance": [
        "InvalidParameter.TaskName",
        "InvalidParameter.TaskNameTooLong",
        "InvalidParameterValue.Negative",
      ],
    }
  `);
});

test('the error codes of all checks are known', () => {
  const codes = new Set(entries.flatMap(([, { input }]) => [...checkedCodesOf(input)]));
  expect([...codes].sort()).toMatchInlineSnapshot(`
    [
      "AllowedOneAttributeInEnvIdAndComputeEnv",
      "InvalidFilter",
      "InvalidParameter.ComputeNodeIdMalformed",
      "InvalidParameter.CvmParameters",
      "InvalidParameter.EnvDescriptionTooLong",
      "InvalidParameter.EnvIdMalformed",
      "InvalidParameter.EnvNameTooLong",
      "InvalidParameter.ImageIdMalformed",
      "InvalidParameter.InvalidParameterCombination",
      "InvalidParameter.JobDescriptionTooLong",
      "InvalidParameter.JobIdMalformed",
      "InvalidParameter.JobNameTooLong",
      "InvalidParameter.NotificationEventNameDuplicate",
      "InvalidParameter.NotificationTopicName",
      "InvalidParameter.NotificationTopicNameTooLong",
      "InvalidParameter.TaskName",
      "InvalidParameter.TaskNameTooLong",
      "InvalidParameter.TaskTemplateDescriptionTooLong",
      "InvalidParameter.TaskTemplateIdMalformed",
      "InvalidParameter.TaskTemplateName",
      "InvalidParameter.TaskTemplateNameTooLong",
      "InvalidParameterAtLeastOneAttribute",
      "InvalidParameterValue",
      "InvalidParameterValue.ComputeEnv",
      "InvalidParameterValue.DependenceNotFoundTaskName",
      "InvalidParameterValue.DependenceUnfeasible",
      "InvalidParameterValue.InstanceType",
      "InvalidParameterValue.InstanceTypeDuplicate",
      "InvalidParameterValue.InstanceTypesEmpty",
      "InvalidParameterValue.InvalidFilter",
      "InvalidParameterValue.LimitExceeded",
      "InvalidParameterValue.LocalPath",
      "InvalidParameterValue.MaxRetryCount",
      "InvalidParameterValue.Negative",
      "InvalidParameterValue.NotFloat",
      "InvalidParameterValue.RemoteStoragePath",
      "InvalidParameterValue.RemoteStorageSchemeType",
      "InvalidParameterValue.TaskInstanceNum",
    ]
  `);
});

test.each(Object.entries(errorCodes))(
  'the error code %s has a meaning and a next step that mentions only existing actions',
  (_, { meaning, next }) => {
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(next).toMatch(/^[A-Z].*\.$/);
    expect(actionsNamedIn([meaning, next]).filter((word) => !isActionName(word))).toEqual([]);
  },
);

const actionsNamedIn = (texts: readonly string[]): readonly string[] =>
  texts.flatMap(
    (text) =>
      text.match(/\b(?:Submit|Describe|Create|Modify|Delete|Terminate|Retry|Attach|Detach)[A-Z]\w+/g) ?? [],
  );

/** The issues of an answer, without values that are not known yet: the service answers null for those. */
const issuesOfAnswer = (schema: z.ZodType, answer: unknown) =>
  (schema.safeParse(answer, { reportInput: true }).error?.issues ?? []).filter(
    (issue) => !(issue.code === 'invalid_type' && issue.input === null),
  );

/** Removes null from a nullable schema, which zod emits in two forms; the tool list converts both for clients. */
const withoutNull = (node: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { anyOf, type, ...rest } = node;
  const isNull = (one: unknown) => one === 'null' || (one as { type?: unknown }).type === 'null';
  const types = Array.isArray(type) ? type.filter((one) => !isNull(one)) : [];
  if (types.length === 1) return { ...rest, type: types[0] };
  const forms = Array.isArray(anyOf) ? anyOf.filter((one) => !isNull(one)) : [];
  return Array.isArray(anyOf) && forms.length === 1 && anyOf.length === 2 ? { ...rest, ...forms[0] } : node;
};

/** What some client or model vendor refuses in a schema. */
const violationsOf = (schema: unknown, path = '#'): readonly string[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  const node = withoutNull(schema as Readonly<Record<string, unknown>>);
  const isRoot = path === '#';
  return [
    ...(isRoot && node.type !== 'object' ? ['the root is not an object'] : []),
    ...['$ref', '$defs', 'propertyNames', 'prefixItems', 'oneOf', 'allOf', 'anyOf']
      .filter((word) => Object.hasOwn(node, word))
      .map((word) => `${path} has ${word}`),
    ...(Array.isArray(node.type) ? [`${path} has several types`] : []),
    ...(node.type === 'array' && !Object.hasOwn(node, 'items') ? [`${path} has no items`] : []),
    ...(Array.isArray(node.enum) && node.enum.some((value) => typeof value !== 'string')
      ? [`${path} has a non-string enum`]
      : []),
    ...(node.type === 'integer' && Math.abs(Number(node.maximum)) >= Number.MAX_SAFE_INTEGER
      ? [`${path} has no bound`]
      : []),
    ...violationsOf(node.items, `${path}[]`),
    ...Object.entries((node.properties ?? {}) as object).flatMap(([name, field]) =>
      violationsOf(field, `${path}.${name}`),
    ),
  ];
};

test('the check for portable schemas finds each kind of violation', () => {
  expect(
    violationsOf({
      type: 'object',
      anyOf: [],
      properties: {
        A: { type: ['string', 'integer'] },
        B: { type: 'array' },
        C: { $ref: '#' },
        D: { enum: [1] },
      },
    }),
  ).toEqual([
    '# has anyOf',
    '#.A has several types',
    '#.B has no items',
    '#.C has $ref',
    '#.D has a non-string enum',
  ]);
});

// Types are checked by the compiler: a code outside the table does not compile.
test('the error codes of an action are a literal type', () => {
  const code: (typeof actions)['DeleteJob']['errors'][number] = 'ResourceInUse.Job';
  expect(code satisfies ErrorCode).toBe('ResourceInUse.Job');
});
