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

test('a compact schema omits nested fields and refers to the full reference', () => {
  const Inner = z.strictObject({ Zone: z.string(), Id: z.string().optional() });
  const schema = z.strictObject({
    Open: z.strictObject({ Deep: Inner }),
    Closed: Inner.describe('Where.'),
    List: z.array(Inner).min(1).describe('Many of {Zone}.'),
  });
  expect(
    compactSchemaOf(portableSchemaOf(schema), new Set(['Open']), 'batch://reference/X'),
  ).toMatchInlineSnapshot(`
    {
      "properties": {
        "Closed": {
          "description": "Where. Needs Zone. See batch://reference/X.",
          "type": "object",
        },
        "List": {
          "description": "Many of {Zone}. See batch://reference/X.",
          "items": {
            "type": "object",
          },
          "type": "array",
        },
        "Open": {
          "description": "Complete: batch://reference/X.",
          "properties": {
            "Deep": {
              "description": "Needs Zone.",
              "type": "object",
            },
          },
          "required": [
            "Deep",
          ],
          "type": "object",
        },
      },
      "required": [
        "Open",
        "Closed",
        "List",
      ],
      "type": "object",
    }
  `);
});
