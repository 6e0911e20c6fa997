/** Compares the facts of the API with an independent source: the type declarations of the vendor's SDK. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../paths.ts';
import type { Facts, FieldsFacts } from './compare-facts.ts';

const sdk = dirname(createRequire(import.meta.url).resolve('tencentcloud-sdk-nodejs/package.json'));
const declarations = readFileSync(
  join(sdk, 'tencentcloud/services/batch/v20170312/batch_models.d.ts'),
  'utf8',
);
const facts: Facts = JSON.parse(readFileSync(join(root, 'test/fixtures/batch-2017-03-12.json'), 'utf8'));

/** Interface → its fields; optional ones end in `?`. */
const interfaces = new Map(
  [...declarations.matchAll(/export interface (\w+) \{([\s\S]*?)\n\}/g)].map(([, name = '', body = '']) => [
    name,
    [...body.matchAll(/\n {4}(\w+)(\??): /g)].map(([, field = '', mark = '']) => field + mark).sort(),
  ]),
);

const marked = (fields: FieldsFacts): readonly string[] =>
  Object.entries(fields)
    .map(([name, { required }]) => (required ? name : `${name}?`))
    .sort();

test('the facts have the same types, fields and optional marks as the SDK', () => {
  const expected = Object.entries({
    ...facts.types,
    ...Object.fromEntries(Object.entries(facts.actions).map(([name, is]) => [`${name}Request`, is.request])),
    ...Object.fromEntries(
      Object.entries(facts.actions).map(([name, is]) => [`${name}Response`, is.response]),
    ),
  }).map(([name, fields]) => [name, marked(fields)] as const);
  expect(expected).toHaveLength(60 + 30 + 30);
  expect(Object.fromEntries(expected)).toEqual(
    Object.fromEntries(
      // The SDK declares the empty request of DescribeInstanceCategories as a type alias, not an interface.
      [...interfaces, ['DescribeInstanceCategoriesRequest', []]] as const,
    ),
  );
});
