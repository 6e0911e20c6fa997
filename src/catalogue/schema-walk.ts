/** The steps into a zod schema that checks, masks and hints share. */
import type * as z from 'zod';

/** The schema inside `optional`, `nullable`, `default` and the like; undefined where there is no wrapper. */
const innerOf = (schema: z.ZodType): z.ZodType | undefined =>
  // Every wrapper of zod stores what it wraps under this name; no type covers them all.
  (schema._zod.def as { readonly innerType?: z.ZodType }).innerType;

/** The schema below all wrappers. */
export const innermostOf = (schema: z.ZodType): z.ZodType => {
  const inner = innerOf(schema);
  return inner === undefined ? schema : innermostOf(inner);
};

/** Whether a field may be absent. */
export const isOptional = (schema: z.ZodType): boolean => schema._zod.optin === 'optional';

/** Whether a field may be null. */
export const isNullable = (schema: z.ZodType): boolean => {
  const inner = innerOf(schema);
  return schema._zod.def.type === 'nullable' || (inner !== undefined && isNullable(inner));
};

/** Whether the values of a field are secrets; a mark on any wrapper counts. Only strings are marked (`secret`). */
export const isSecretField = (schema: z.ZodType): boolean =>
  // First what is quick to check: the metadata of a schema is assembled at each access.
  innermostOf(schema)._zod.def.type === 'string' && hasSecretMark(schema);

const hasSecretMark = (schema: z.ZodType): boolean => {
  const inner = innerOf(schema);
  return schema.meta()?.format === 'password' || (inner !== undefined && hasSecretMark(inner));
};

/** The schema of the items of a list. */
export const itemOf = (schema: z.ZodArray): z.ZodType =>
  // zod types it as the core of a schema; those created with zod have all methods.
  schema.element as z.ZodType;

// The type is compared as a string, because `instanceof` searches the list of a schema's traits: these run for every
// value of every call.

/** Whether a schema is that of a list, itself and not below a wrapper. */
export const isListSchema = (schema: z.ZodType): schema is z.ZodArray => schema._zod.def.type === 'array';

/** Whether a schema is that of an object, itself and not below a wrapper. */
export const isObjectSchema = (schema: z.ZodType): schema is z.ZodObject => schema._zod.def.type === 'object';

/** The schema of the items of a list, below all wrappers of the list; undefined for anything else. */
export const itemSchemaOf = (schema: z.ZodType | undefined): z.ZodType | undefined => {
  const inner = schema && innermostOf(schema);
  return inner && isListSchema(inner) ? itemOf(inner) : undefined;
};

/** The schema of a field; undefined where the object does not know it. */
export const fieldOf = (schema: z.ZodObject, name: string): z.ZodType | undefined =>
  Object.hasOwn(schema.shape, name) ? (schema.shape[name] as z.ZodType) : undefined;

/** The schema of an object, below all wrappers; undefined for anything else. */
export const objectSchemaOf = (schema: z.ZodType | undefined): z.ZodObject | undefined => {
  const inner = schema && innermostOf(schema);
  return inner && isObjectSchema(inner) ? inner : undefined;
};

/** A copy with only the fields that a schema of objects and lists knows. */
export const knownFieldsOf = (value: unknown, schema: z.ZodType): unknown => {
  if (Array.isArray(value)) {
    const item = itemSchemaOf(schema);
    return item === undefined ? value : value.map((part) => knownFieldsOf(part, item));
  }
  const object = objectSchemaOf(schema);
  if (typeof value !== 'object' || value === null || object === undefined) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => {
      const field = fieldOf(object, key);
      return field === undefined ? [] : [[key, knownFieldsOf(part, field)]];
    }),
  );
};
