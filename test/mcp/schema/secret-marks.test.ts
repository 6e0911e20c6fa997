/** Marks of secrets in the schemas of all actions and tools: code that masks looks for them at strings only. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { secret } from '../../../src/catalogue/action.ts';
import { actions } from '../../../src/catalogue/index.ts';
import { innermostOf } from '../../../src/catalogue/schema-walk.ts';
import { everyTool } from '../../../src/mcp/registry/tools.ts';
import { createJobViewTools } from '../../../src/mcp/workflows/show-job.ts';

const isSchema = (value: unknown): value is z.ZodType =>
  // Checks of zod, such as that of a length, have no metadata.
  typeof value === 'object' && value !== null && '_zod' in value && 'meta' in value;

/** All schemas in a value: itself, its fields, items, options and what is below wrappers. */
const schemasIn = (value: unknown, seen = new Set<unknown>()): readonly z.ZodType[] => {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  if (isSchema(value)) return [value, ...schemasIn(value._zod.def, seen)];
  return Object.values(value).flatMap((part) => schemasIn(part, seen));
};

const isMarked = (schema: z.ZodType): boolean => schema.meta()?.format === 'password';
const isString = (schema: z.ZodType): boolean => innermostOf(schema)._zod.def.type === 'string';

const marked = schemasIn([actions, everyTool(), createJobViewTools().viewTools]).filter(isMarked);

test('every schema that is marked as a secret is one of a string', () => {
  expect(marked.filter((schema) => !isString(schema))).toEqual([]);
  expect(marked.length).toBeGreaterThanOrEqual(2);
});

test('a mark is found at every depth of a schema, and one on anything but a string is noticed', () => {
  const number = z.number().meta({ format: 'password' });
  const deep = z.object({ list: z.array(z.union([z.object({ number }), secret('a key').optional()])) });
  expect(schemasIn(deep.nullable()).filter(isMarked).map(isString).sort()).toEqual([false, true]);
});
