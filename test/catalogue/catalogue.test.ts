/** What every entry of the catalogue has to be like, whoever adds it. */
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

test('the actions stand in one order, group by group', () => {
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

test('the effects are declared, not guessed from the verb', () => {
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

test('exactly what can destroy has a warning', () => {
  const canDestroy = named(({ effect, destroysWith }) => effect === 'destroy' || destroysWith !== undefined);
  expect(named(({ warning }) => warning !== undefined)).toEqual(canDestroy);
});

test('an argument that makes a change destroy is an argument of that action', () => {
  const strangers = entries.filter(
    ([, { destroysWith, input }]) => destroysWith !== undefined && !Object.hasOwn(input.shape, destroysWith),
  );
  expect(strangers).toEqual([]);
});

test('no two actions share a title', () => {
  expect(repeatedIn(entries.map(([, { title }]) => title))).toEqual([]);
});

test('an action that only reads can be sent again', () => {
  expect(named(({ effect, idempotent }) => effect === 'read' && !idempotent)).toEqual([]);
});

describe.each(entries)('%s', (name, action) => {
  test('has a title, a summary and a warning that are sentences of bounded length', () => {
    expect(action.title).toMatch(/^[A-Z][^.]{3,48}$/);
    // The summary is sent to the model with every list of tools.
    expect(wordsOf(action.summary)).toBeLessThanOrEqual(35);
    expect(action.summary).toMatch(/^[A-Z].*\.$/);
    expect(action.warning ?? 'None.').toMatch(/^[A-Z].*\.$/);
  });

  test('speaks only of actions that exist', () => {
    const texts = [action.summary, action.warning ?? ''];
    expect(actionsNamedIn(texts).filter((word) => !isActionName(word))).toEqual([]);
  });

  test('describes every field of its input and its answer', () => {
    expect([...undescribedOf(action.input), ...undescribedOf(action.output)]).toEqual([]);
  });

  test('describes its arguments in at most 15 words each', () => {
    const long = Object.entries(z.toJSONSchema(action.input, { io: 'input' }).properties ?? {})
      .map(
        ([field, schema]) => [field, typeof schema === 'object' ? (schema.description ?? '') : ''] as const,
      )
      .filter(([, description]) => wordsOf(description) > 15);
    expect(long).toEqual([]);
  });

  test('has examples whose inputs are taken and whose answers are as described', () => {
    expect(action.examples.length).toBeGreaterThan(0);
    expect(repeatedIn(action.examples.map(({ title }) => title))).toEqual([]);
    for (const { input, output } of action.examples) {
      expect(action.input.safeParse(input, { reportInput: true }).error?.issues ?? []).toEqual([]);
      expect(issuesOfAnswer(action.output, output)).toEqual([]);
      expect(Object.keys(output).sort()).toEqual(Object.keys(action.output.shape).sort());
    }
  });

  test('lists its codes once, in alphabetical order', () => {
    expect(action.errors).toEqual([...new Set(action.errors)].sort());
  });

  test('takes nothing beside the documented arguments', () => {
    const result = action.input.safeParse({ ...action.examples[0]?.input, Surprise: 1 });
    expect(result.error?.issues.map(({ code }) => code)).toEqual(['unrecognized_keys']);
  });

  test('lets the service add fields to its answer', () => {
    expect(issuesOfAnswer(action.output, { ...action.examples[0]?.output, Surprise: 1 })).toEqual([]);
  });

  test("points to a page of the vendor's", () => {
    expect(action.docs).toMatch(/^https:\/\/(www\.tencentcloud\.com|cloud\.tencent\.com)\/document\//);
  });

  test('has a name and schemas that every client takes', () => {
    expect(name).toMatch(/^[A-Z][A-Za-z]{1,50}$/);
    expect(complaintsOf(z.toJSONSchema(action.input, { io: 'input' }))).toEqual([]);
    expect(z.toJSONSchema(action.output, { io: 'output' })).toMatchObject({ type: 'object' });
  });
});

test('a check answers with a code its action lists, or with one that shared shapes bring along', () => {
  const unlisted = entries.map(([name, { input, errors }]) => {
    const codes = [...checkedCodesOf(input)].filter(
      (code) => !errors.includes(code) && !('common' in errorCodes[code]),
    );
    return [name, codes.sort()] as const;
  });
  // The service answers these with the code's common parent; so does whoever serves the catalogue.
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

test('every check that has a code of its own is found', () => {
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
  '%s says what it means and which existing action to call',
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

/** What is wrong with an answer, apart from values that are not known yet: the service gives null for those. */
const issuesOfAnswer = (schema: z.ZodType, answer: unknown) =>
  (schema.safeParse(answer, { reportInput: true }).error?.issues ?? []).filter(
    (issue) => !(issue.code === 'invalid_type' && issue.input === null),
  );

/** A field that may be null is written in two ways; whoever lists the tools brings both into one that clients take. */
const withoutNull = (node: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { anyOf, type, ...rest } = node;
  const isNull = (one: unknown) => one === 'null' || (one as { type?: unknown }).type === 'null';
  const types = Array.isArray(type) ? type.filter((one) => !isNull(one)) : [];
  if (types.length === 1) return { ...rest, type: types[0] };
  const forms = Array.isArray(anyOf) ? anyOf.filter((one) => !isNull(one)) : [];
  return Array.isArray(anyOf) && forms.length === 1 && anyOf.length === 2 ? { ...rest, ...forms[0] } : node;
};

/** What some client or model vendor refuses in a schema. */
const complaintsOf = (schema: unknown, path = '#'): readonly string[] => {
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
      ? [`${path} has a choice of something other than texts`]
      : []),
    ...(node.type === 'integer' && Math.abs(Number(node.maximum)) >= Number.MAX_SAFE_INTEGER
      ? [`${path} has no real bound`]
      : []),
    ...complaintsOf(node.items, `${path}[]`),
    ...Object.entries((node.properties ?? {}) as object).flatMap(([name, field]) =>
      complaintsOf(field, `${path}.${name}`),
    ),
  ];
};

test('the lint of schemas finds what it looks for', () => {
  expect(
    complaintsOf({
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
    '#.D has a choice of something other than texts',
  ]);
});

// Types are checked by the compiler: a code outside the table does not compile.
test('the codes of an action are a literal type', () => {
  const code: (typeof actions)['DeleteJob']['errors'][number] = 'ResourceInUse.Job';
  expect(code satisfies ErrorCode).toBe('ResourceInUse.Job');
});
