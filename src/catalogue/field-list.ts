/** The fields of an object as a Markdown list, for references. Pure. */
import * as z from 'zod';
import { type TypeName, types } from './shapes/index.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** Where a nested type is described; undefined where its fields are listed in place. */
export type LinkTo = (name: TypeName) => string | undefined;

/** The catalogue's bound of integers without a documented one; not worth showing. */
const maxInt32 = 2_147_483_647;

// The keys of a literal; TypeScript widens them to string.
export const typeNames = Object.keys(types) as readonly TypeName[];

/**
 * The fields of an object as a nested list.
 * @param io `input`: a caller writes them, so required fields and limits are shown
 */
export const fieldListOf = (schema: z.ZodObject, io: 'input' | 'output', linkTo: LinkTo): string =>
  fieldList(jsonOf(schema, io), io === 'input', linkTo);

/** A copy of a type with another description or more rules shares the same `shape` object. */
const typeNameOf = (schema: z.core.$ZodType): TypeName | undefined =>
  schema instanceof z.ZodObject
    ? typeNames.find((name) => types[name].def.shape === schema.def.shape)
    : undefined;

/** The JSON schema, in which each object of a named type of the API is marked with that name. */
const jsonOf = (schema: z.ZodObject, io: 'input' | 'output'): Schema =>
  z.toJSONSchema(schema, {
    io,
    override: ({ zodSchema, jsonSchema }) => {
      const name = typeNameOf(zodSchema);
      if (name) jsonSchema[typeMark] = name;
    },
  });
const typeMark = 'x-type';
const isTypeName = (name: unknown): name is TypeName => typeNames.some((one) => one === name);

/**
 * The fields of an object as a nested list.
 * @param isInput whether the caller writes them: only then are required fields and limits shown
 */
const fieldList = (schema: Schema, isInput: boolean, linkTo: LinkTo, indent = ''): string =>
  Object.entries(schema.properties ?? {})
    .map(([name, property]) => {
      // A property may be `true` in JSON Schema; zod never emits that.
      const field = property as Schema;
      const known = withoutNull(field);
      const facts = [
        typeTextOf(known, linkTo),
        ...(isInput && (schema.required ?? []).includes(name) ? ['required'] : []),
        ...(known === field ? [] : ['may be null']),
        ...(isInput ? limitsOf(known) : []),
        ...(known.format === 'password' ? ['secret'] : []),
      ];
      const item = itemOf(field);
      const isLinked = isTypeName(item[typeMark]) && linkTo(item[typeMark]) !== undefined;
      const inner = isLinked ? '' : fieldList(item, isInput, linkTo, `${indent}  `);
      return `${indent}- \`${name}\` (${facts.join(', ')}): ${field.description ?? ''}${inner && `\n${inner}`}`;
    })
    .join('\n');

/**
 * Unwraps lists and nullable schemas.
 * `items` may be a list or `true` in JSON Schema; here it is one schema, as no field is a tuple or untyped.
 */
const itemOf = (schema: Schema): Schema => {
  const known = withoutNull(schema);
  return known.type === 'array' && known.items ? itemOf(known.items as Schema) : known;
};

/** zod emits a nullable field as a list of types or as `anyOf`. */
const withoutNull = (schema: Schema): Schema => {
  const { type, anyOf, ...rest } = schema;
  const known = Array.isArray(type) ? type.find((one) => one !== 'null') : undefined;
  return known ? { ...rest, type: known } : (anyOf?.find((one) => one.type !== 'null') ?? schema);
};

const typeTextOf = (schema: Schema, linkTo: LinkTo): string => {
  if (schema.type === 'array') return `list of ${typeTextOf(withoutNull(schema.items as Schema), linkTo)}`;
  const name = schema[typeMark];
  return isTypeName(name) ? (linkTo(name) ?? name) : String(schema.type);
};

const limitsOf = (schema: Schema): readonly string[] => [
  ...(schema.enum ? [schema.enum.map((value) => `\`${String(value)}\``).join(' or ')] : []),
  ...rangeOf(schema.minimum, schema.maximum, ''),
  ...rangeOf(schema.minLength, schema.maxLength, ' characters'),
  ...rangeOf(schema.minItems, schema.maxItems, ' entries'),
];

const rangeOf = (min: number | undefined, max: number | undefined, unit: string): readonly string[] => {
  const to = max === undefined || max >= maxInt32 ? undefined : max;
  if (min === undefined || min <= -maxInt32) return to === undefined ? [] : [`at most ${to}${unit}`];
  if (to !== undefined) return [`${min} to ${to}${unit}`];
  return [min === 1 && unit !== '' ? 'not empty' : `at least ${min}${unit}`];
};
