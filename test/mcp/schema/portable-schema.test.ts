import { expect, test } from 'vitest';
import * as z from 'zod';
import { compactSchemaOf, portableSchemaOf } from '../../../src/mcp/schema/portable-schema.ts';

test('a portable schema has single types, inclusive bounds and no zod-specific keywords', () => {
  const schema = z.strictObject({
    count: z.int().positive(),
    name: z.string().nullable().describe('A name.'),
    map: z.record(z.string(), z.string()),
  });
  expect(portableSchemaOf(schema)).toMatchInlineSnapshot(`
    {
      "additionalProperties": false,
      "properties": {
        "count": {
          "minimum": 1,
          "type": "integer",
        },
        "map": {
          "additionalProperties": {
            "type": "string",
          },
          "type": "object",
        },
        "name": {
          "anyOf": [
            {
              "type": "string",
            },
            {
              "type": "null",
            },
          ],
          "description": "A name.",
        },
      },
      "required": [
        "count",
        "name",
        "map",
      ],
      "type": "object",
    }
  `);
});

test('tuples and untyped fields are rejected when the list is created', () => {
  expect(() => portableSchemaOf(z.strictObject({ pair: z.tuple([z.string(), z.number()]) }))).toThrow(
    'tuple',
  );
  expect(() => portableSchemaOf(z.strictObject({ anything: z.unknown() }))).toThrow('any type');
});

test('a compact schema omits nested fields, unlisted ones and what names say, and refers to the full reference', () => {
  const Inner = z.strictObject({ Zone: z.string(), Id: z.string().optional() });
  const schema = z.strictObject({
    JobId: z.string().describe('The job.'),
    Limit: z.int().describe('Default 20.'),
    JobIds: z.array(z.string().describe('The job.')).describe('Ids of the jobs, at most 100.'),
    Open: z.strictObject({ Deep: Inner, Rare: z.string().optional() }),
    Closed: Inner.describe('Where.'),
    Short: z.strictObject({ Name: z.string() }).describe('Which.'),
    List: z.array(Inner).min(1).describe('Many of {Zone}.'),
  });
  const options = {
    open: new Set(['Open']),
    unlisted: new Set(['Open.Rare']),
    shared: new Set(['Limit']),
    forms: {},
    reference: 'batch://reference/X',
  };
  const { properties } = compactSchemaOf(portableSchemaOf(schema), options);
  expect(properties).toEqual({
    JobId: { type: 'string' },
    JobIds: { type: 'array', items: { type: 'string' } },
    Open: {
      type: 'object',
      description: 'See batch://reference/X.',
      properties: { Deep: { type: 'object', description: 'Needs Zone.' } },
      required: ['Deep'],
    },
    Closed: { type: 'object', description: 'Where. Needs Zone. See batch://reference/X.' },
    Short: { type: 'object', description: 'Which. Needs Name.' },
    List: { type: 'array', description: 'Many of {Zone}.', items: { type: 'object' } },
  });
});
