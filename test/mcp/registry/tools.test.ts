import { Ajv } from 'ajv';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { actionNames, actions } from '../../../src/catalogue/index.ts';
import { readArguments } from '../../../src/mcp/arguments/read-arguments.ts';
import type { JsonSchema, ListEntry } from '../../../src/mcp/contract/tool.ts';
import { selectTools } from '../../../src/mcp/registry/tool-selection.ts';
import { createTools, listOf } from '../../../src/mcp/registry/tools.ts';

const tools = createTools();
const compact = listOf(tools, 'compact');
const full = listOf(tools, 'full');

/** Every schema in a schema, with its path. */
const schemasIn = (schema: JsonSchema, path: string): readonly (readonly [string, JsonSchema])[] => [
  [path, schema],
  ...Object.entries((schema.properties ?? {}) as JsonSchema).flatMap(([name, field]) =>
    schemasIn(field as JsonSchema, `${path}.${name}`),
  ),
  ...(schema.items ? schemasIn(schema.items as JsonSchema, `${path}[]`) : []),
  ...((schema.anyOf ?? []) as readonly JsonSchema[]).flatMap((arm, at) => schemasIn(arm, `${path}|${at}`)),
];

const forbidden = [
  '$ref',
  '$defs',
  '$schema',
  'oneOf',
  'allOf',
  'not',
  'prefixItems',
  'propertyNames',
  'patternProperties',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'const',
];

describe.each([
  ['compact', compact],
  ['full', full],
] as const)('the %s list of tools', (_, list) => {
  test('has every action under its name, in the order of the catalogue', () => {
    expect(list.map(({ tool }) => tool.name).slice(0, actionNames.length)).toEqual(actionNames);
  });

  test('has only schemas that every client supports', () => {
    const faults = list.flatMap(({ tool }) =>
      schemasIn(tool.inputSchema, tool.name).flatMap(([path, schema]) => [
        ...forbidden
          .filter((keyword) => Object.hasOwn(schema, keyword))
          .map((keyword) => `${path}: ${keyword}`),
        ...(Array.isArray(schema.type) ? [`${path}: several types`] : []),
        ...(schema.type === 'array' && typeof schema.items !== 'object' ? [`${path}: no items`] : []),
        ...(schema.type === undefined && schema.anyOf === undefined ? [`${path}: no type`] : []),
        ...(Array.isArray(schema.enum) && !schema.enum.every((value) => typeof value === 'string')
          ? [`${path}: an enum of something else than strings`]
          : []),
      ]),
    );
    expect(faults).toEqual([]);
  });

  test('has an object without unions at every root', () => {
    const roots = list.map(({ tool }) => [
      tool.inputSchema.type,
      tool.outputSchema.type,
      'anyOf' in tool.inputSchema,
    ]);
    expect(new Set(roots.map((root) => JSON.stringify(root)))).toEqual(
      new Set(['["object","object",false]']),
    );
  });

  test('has names that remain within the limit of clients with a prefix', () => {
    expect(list.filter(({ tool }) => !/^[A-Za-z][A-Za-z0-9_]{0,40}$/.test(tool.name))).toEqual([]);
  });

  test('compiles as JSON Schema', () => {
    const ajv = new Ajv({ strict: true, strictTypes: true, formats: { password: true, 'date-time': true } });
    for (const { tool } of list) expect(() => ajv.compile(tool.inputSchema)).not.toThrow();
  });
});

test('the annotations of each tool are derived from its effect', () => {
  const hints = compact.map(({ tool: { name, annotations } }) =>
    [
      name,
      ...(annotations.readOnlyHint ? ['reads'] : []),
      ...(annotations.destructiveHint ? ['destroys'] : []),
      ...(annotations.idempotentHint ? ['idempotent'] : []),
    ].join(' '),
  );
  expect(hints.filter((line) => !line.startsWith('Describe')).slice(0, 15)).toMatchInlineSnapshot(`
    [
      "SubmitJob",
      "RetryJobs",
      "TerminateTaskInstance destroys idempotent",
      "TerminateJob destroys idempotent",
      "DeleteJob destroys idempotent",
      "CreateTaskTemplate",
      "ModifyTaskTemplate idempotent",
      "DeleteTaskTemplates destroys idempotent",
      "CreateComputeEnv",
      "ModifyComputeEnv destroys idempotent",
      "AttachInstances destroys idempotent",
      "DetachInstances destroys idempotent",
      "TerminateComputeNode destroys idempotent",
      "TerminateComputeNodes destroys idempotent",
      "DeleteComputeEnv destroys idempotent",
    ]
  `);
  expect(
    compact.filter(({ tool }) => tool.name.startsWith('Describe') && !tool.annotations.readOnlyHint),
  ).toEqual([]);
});

test('exactly the destructive tools have the arguments confirm and preview', () => {
  const gated = compact
    .filter(({ tool }) => 'confirm' in ((tool.inputSchema.properties ?? {}) as object))
    .map(({ tool }) => tool.name);
  expect(gated).toEqual([
    ...actionNames.filter((name) => actions[name].effect === 'destroy' || name === 'ModifyComputeEnv'),
    'EndMany',
    'RunScript',
    // They replace files only after a confirmation.
    ...['FetchFiles', 'StageFiles'],
  ]);
});

/** Groups that are listed only on request have budgets of their own. */
const isListedByDefault = ({ group }: ListEntry) => !['azure', 'file'].includes(group);
const tokensOf = (list: readonly ListEntry[]) => encode(JSON.stringify(list.map(({ tool }) => tool))).length;

test.each([
  ['the actions and workflows', isListedByDefault, 5_650],
  ['the groups job and workflow', ({ group }: ListEntry) => group === 'job' || group === 'workflow', 3_550],
])('in the list of tools, %s are within their token budget', (_, isIn, maximum) => {
  const tokens = tokensOf(compact.filter(isIn));
  expect(tokens).toBeGreaterThan(0);
  expect(tokens).toBeLessThanOrEqual(maximum);
});

test('the selection chat takes at most 3,000 tokens, with the file tools and the view of a job', () => {
  const available = compact.filter(({ group }) => group !== 'azure');
  const chat = selectTools(available, { tools: [['chat']], readOnly: false });
  expect(chat.map(({ tool }) => tool.name)).toEqual(
    expect.arrayContaining(['SubmitJob', 'FindJobs', 'DiagnoseJob', 'EndMany', 'RunScript', 'StageFiles']),
  );
  expect(tokensOf(chat)).toBeLessThanOrEqual(3_000);
});

test('the file tools take at most 800 tokens of the list', () => {
  const files = compact.filter(({ group }) => group === 'file').map(({ tool }) => tool);
  expect(files.map(({ name }) => name)).toEqual([
    'ListStoredFiles',
    'ReadStoredFile',
    'FetchFiles',
    'StageFiles',
    'CreateFileLink',
  ]);
  expect(encode(JSON.stringify(files)).length).toBeLessThanOrEqual(800);
});

test('a model reads at most 4,250 tokens of the default list, and 1,900 of the selection chat', () => {
  const readOf = (list: readonly ListEntry[]) =>
    encode(
      JSON.stringify(
        list.map(({ tool: { name, description, inputSchema } }) => ({ name, description, inputSchema })),
      ),
    ).length;
  const listed = compact.filter(isListedByDefault);
  expect(readOf(listed)).toBeLessThanOrEqual(4_250);
  expect(readOf(selectTools(listed, { tools: [['chat']], readOnly: false }))).toBeLessThanOrEqual(1_900);
});

test('only the full list has the arguments that many tools take; both have those of a confirmation', () => {
  const namesIn = (list: readonly ListEntry[]) =>
    new Set(
      list
        .filter(({ group }) => group !== 'azure')
        .flatMap(({ tool }) => Object.keys((tool.inputSchema.properties ?? {}) as object)),
    );
  const shared = ['Region', 'detail', 'cursor', 'attempt', 'Offset', 'Limit'];
  const confirming = ['confirm', 'preview'];
  expect([...namesIn(full)]).toEqual(expect.arrayContaining([...shared, ...confirming]));
  expect([...namesIn(compact)]).toEqual(expect.arrayContaining(confirming));
  expect(shared.filter((name) => namesIn(compact).has(name))).toEqual([]);
});

test('an argument that only the full list has is accepted', () => {
  const tool = tools.find(({ name }) => name === 'DescribeJobs');
  if (tool === undefined) throw new Error('DescribeJobs is missing.');
  const read = readArguments(tool, { Region: 'ap-beijing', detail: 'full', Offset: 20, Limit: 5 });
  expect(read).toMatchObject({
    region: 'ap-beijing',
    detail: 'full',
    fields: { Offset: 20, Limit: 5 },
  });
});

test('the compact list contains no empty descriptions, which would cost tokens', () => {
  const empty = compact.flatMap(({ tool }) =>
    schemasIn(tool.inputSchema, tool.name)
      .filter(([, schema]) => schema.description === '')
      .map(([path]) => path),
  );
  expect(empty).toEqual([]);
});

test('the compact list shows the main fields of SubmitJob, by schema or in a description', () => {
  const submit = compact.find(({ tool }) => tool.name === 'SubmitJob');
  const schemas = schemasIn(submit?.tool.inputSchema ?? {}, '');
  const paths = schemas.map(([path, { description }]) => `${path} ${description ?? ''}`);
  expect(paths).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^\.Job\.Tasks .*Application: \{DeliveryForm: LOCAL, Command\b/),
      expect.stringMatching(
        /^\.Job\.Tasks .*ComputeEnv: \{EnvType: MANAGED, EnvData: \{InstanceType.* or EnvId/,
      ),
      expect.stringMatching(/^\.Job\.Tasks .*InputMappings.*SourcePath/),
      expect.stringMatching(/^\.Job\.Dependences .*StartTask/),
    ]),
  );
});
