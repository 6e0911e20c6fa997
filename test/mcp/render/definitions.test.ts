/** What is read can be written again: definitions in concise answers are accepted as arguments. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { type ActionName, actions } from '../../../src/catalogue/index.ts';
import {
  fieldOf,
  innermostOf,
  isOptional,
  isSecretField,
  itemOf,
} from '../../../src/catalogue/schema-walk.ts';
import { Task } from '../../../src/catalogue/shapes/task.ts';
import { readArguments } from '../../../src/mcp/arguments/read-arguments.ts';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import { render } from '../../../src/mcp/render/render.ts';

const texts = [
  '',
  'x',
  'two words',
  '/data/',
  'cos://b-1250000000.cos.ap-guangzhou.myqcloud.com/d/',
  'https://host/app.tgz',
  'env-1a2b3c4d',
  'img-31tjrtph',
  'S5.SMALL2',
  '1.5',
];

/** Values that a schema accepts. A secret is masked when it is read, so objects that need one are left out. */
const valuesOf = (schema: z.ZodType): fc.Arbitrary<unknown> => {
  const inner = innermostOf(schema);
  const isAccepted = (value: unknown) => schema.safeParse(value).success;
  if (inner instanceof z.ZodEnum) return fc.constantFrom(...inner.options);
  if (inner instanceof z.ZodBoolean) return fc.boolean();
  if (inner instanceof z.ZodNumber) return fc.constantFrom(...[0, 1, 5, 100].filter(isAccepted));
  if (inner instanceof z.ZodString) return fc.constantFrom(...texts.filter(isAccepted));
  if (inner instanceof z.ZodArray) {
    const item = itemOf(inner);
    const hasSecret = item instanceof z.ZodObject && 'SecretKey' in item.shape;
    return fc.array(valuesOf(item), { maxLength: hasSecret ? 0 : 2 }).filter(isAccepted);
  }
  if (!(inner instanceof z.ZodObject)) throw new Error(`No values for ${inner._zod.def.type}`);
  const fields = Object.keys(inner.shape).flatMap((name) => {
    const field = fieldOf(inner, name);
    return field === undefined || isSecretField(field) ? [] : [{ name, field }];
  });
  const required = fields.filter(({ field }) => !isOptional(field)).map(({ name }) => name);
  return fc
    .record(Object.fromEntries(fields.map(({ name, field }) => [name, valuesOf(field)])), {
      requiredKeys: required,
    })
    .filter(isAccepted);
};

/** As the service answers it: what was not given is `null`. */
const answered = (value: unknown, schema: z.ZodType): unknown => {
  const inner = innermostOf(schema);
  if (Array.isArray(value) && inner instanceof z.ZodArray)
    return value.map((item) => answered(item, itemOf(inner)));
  if (typeof value !== 'object' || value === null || !(inner instanceof z.ZodObject)) return value;
  return Object.fromEntries(
    Object.keys(inner.shape).map((name) => {
      const field = fieldOf(inner, name);
      const part: unknown = Reflect.get(value, name);
      return [name, part === undefined || field === undefined ? null : answered(part, field)];
    }),
  );
};

const disclosure = {
  shownVariables: 'all' as const,
  secrets: [],
  random: (bytes: number) => new Uint8Array(bytes),
};
const conciseOf = (action: ActionName, fields: Fields): Fields =>
  render(
    { summary: 'x', fields },
    { output: actions[action].output, detail: 'concise', hasLimit: true, now: 0, disclosure },
  ).structuredContent;
const accept = (name: ActionName, args: Fields): Fields =>
  readArguments({ name, input: actions[name].input, isRegional: false, hasDetail: false }, args).fields;

const { EnvData, MountDataDisks, InputMappings } = actions.CreateComputeEnv.input.shape.ComputeEnv.shape;
const Tags = [{ Key: 'owner', Value: '' }];

test('a task copied from the answer about a template or a job is accepted, and equal to the one that was stored', () => {
  fc.assert(
    fc.property(valuesOf(Task), (task) => {
      const stored = answered(task, Task);
      const template = conciseOf('DescribeTaskTemplates', {
        TaskTemplateSet: [{ TaskTemplateId: 'task-tmpl-1a2b3c4d', TaskTemplateInfo: stored }],
      }).TaskTemplateSet as readonly { TaskTemplateInfo: Fields }[];
      const TaskTemplateInfo = template[0]?.TaskTemplateInfo;
      expect(accept('CreateTaskTemplate', { TaskTemplateName: 'x', TaskTemplateInfo })).toEqual({
        TaskTemplateName: 'x',
        TaskTemplateInfo: task,
      });
      const { Tasks, Tags: tags } = conciseOf('DescribeJobSubmitInfo', { Tasks: [stored], Tags });
      expect(
        accept('SubmitJob', { Placement: { Zone: 'ap-guangzhou-3' }, Job: { Tasks, Tags: tags } }).Job,
      ).toEqual({ Tasks: [task], Tags });
    }),
    { numRuns: 100 },
  );
});

test('the settings copied from the answer about an environment are accepted by CreateComputeEnv', () => {
  fc.assert(
    fc.property(
      fc.record({
        EnvData: valuesOf(EnvData),
        MountDataDisks: valuesOf(MountDataDisks),
        InputMappings: valuesOf(InputMappings),
      }),
      (settings) => {
        const fields = { EnvId: 'env-1a2b3c4d', ...settings };
        const { EnvId: _, summary: __, ...copied } = conciseOf('DescribeComputeEnvCreateInfo', fields);
        const ComputeEnv = { EnvName: 'x', DesiredComputeNodeCount: 1, ...copied };
        const sent = accept('CreateComputeEnv', { Placement: { Zone: 'ap-guangzhou-3' }, ComputeEnv });
        expect(sent.ComputeEnv).toMatchObject(ComputeEnv);
      },
    ),
    { numRuns: 100 },
  );
});

test('what the action would refuse as empty is left out of a definition, and an empty variable stays', () => {
  const Tasks = [
    {
      Application: { DeliveryForm: 'LOCAL', Command: 'true' },
      EnvId: '',
      ComputeEnv: {},
      EnvVars: [{ Name: 'A', Value: '' }],
      TaskInstanceNum: null,
    },
  ];
  expect(conciseOf('DescribeJobSubmitInfo', { Tasks }).Tasks).toEqual([
    {
      Application: { DeliveryForm: 'LOCAL', Command: 'true' },
      ComputeEnv: {},
      EnvVars: [{ Name: 'A', Value: '' }],
    },
  ]);
});
