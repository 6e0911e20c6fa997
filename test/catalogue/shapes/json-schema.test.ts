/** The types as JSON schemas, as models receive them. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { types } from '../../../src/catalogue/shapes/index.ts';

type Schema = z.core.JSONSchema.BaseSchema;
const schemas = Object.entries(types).map(([name, type]) => ({ name, schema: z.toJSONSchema(type) }));

/** Every schema in a schema, with its path. */
const walk = (schema: Schema, at: string): readonly [at: string, schema: Schema][] => [
  [at, schema],
  ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    typeof inner === 'object' ? walk(inner, `${at}.${name}`) : [],
  ),
  ...(typeof schema.items === 'object' && !Array.isArray(schema.items) ? walk(schema.items, `${at}[]`) : []),
];
const all = schemas.flatMap(({ name, schema }) => walk(schema, name));
const fields = all.filter(([at]) => at.includes('.') && !at.endsWith(']'));

test('every type is an object without additional properties', () => {
  const open = schemas.filter(
    ({ schema }) => schema.type !== 'object' || schema.additionalProperties !== false,
  );
  expect(open).toEqual([]);
});

test('the types use only JSON Schema keywords that every client supports', () => {
  const portable = new Set(
    `$schema type properties required additionalProperties items description enum pattern format
     minimum maximum minLength maxLength minItems maxItems`.split(/\s+/),
  );
  // The exception is a documented null: zod emits `anyOf` if the other branch has bounds.
  const isNullable = ({ anyOf }: Schema) => anyOf?.length === 2 && anyOf[1]?.type === 'null';
  const unsupported = all.flatMap(([at, schema]) =>
    Object.keys(schema)
      .filter((key) => !portable.has(key) && !(key === 'anyOf' && isNullable(schema)))
      .map((key) => `${at}: ${key}`),
  );
  expect(unsupported).toEqual([]);
});

test('every integer has bounds', () => {
  const isReal = (bound = Number.POSITIVE_INFINITY) => Math.abs(bound) < 2 ** 40;
  const unbounded = all.filter(
    ([, { type, minimum, maximum }]) => type === 'integer' && !(isReal(minimum) && isReal(maximum)),
  );
  expect(unbounded).toEqual([]);
});

test('every field has a description that is more than its name', () => {
  const letters = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const bare = fields.filter(
    ([at, { description = '' }]) =>
      !description.endsWith('.') || letters(description) === letters(at.slice(at.lastIndexOf('.'))),
  );
  expect(bare.map(([at]) => at)).toEqual([]);
});

test('descriptions have at most 12 words in the core of SubmitJob, at most 25 elsewhere', () => {
  const core = ['Job', 'Task', 'Application', 'Dependence', 'AnonymousComputeEnv'];
  const long = fields.filter(([at, { description = '' }]) => {
    const [type = '', ...rest] = at.split('.');
    return description.split(' ').length > (core.includes(type) && rest.length === 1 ? 12 : 25);
  });
  expect(long.map(([at]) => at)).toEqual([]);
});

test('exactly the secret fields are marked as such', () => {
  const marked = fields.filter(([, { format }]) => format === 'password').map(([at]) => at.split('.').at(-1));
  expect([...new Set(marked)].sort()).toEqual(['Password', 'SecretKey']);
  const unmarked = fields.filter(
    ([at, { format }]) => /\.(Password|SecretKey)$/.test(at) && format !== 'password',
  );
  expect(unmarked).toEqual([]);
});
