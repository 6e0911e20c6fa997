/** Brings text to the types of the schema, as the vendor's gateway does: `"3"` is 3 and `"TRUE"` is true. */
import type * as z from 'zod';

/**
 * Converts numbers and booleans that arrived as text, where the schema wants a number or a boolean.
 * Some of the vendor's own examples write them so, and GET requests and forms cannot do otherwise.
 * Nothing else is converted; what does not fit stays as it is for the check that follows.
 * A member that is `null` is dropped: the vendor's clients take absent and null for the same.
 * @returns a new value; the given one is not changed
 */
export const coerce = (schema: z.core.$ZodType, value: unknown): unknown => {
  const wanted = innermost(schema);
  const { def } = wanted._zod;
  switch (def.type) {
    case 'number':
      return typeof value === 'string' && decimal.test(value) ? Number(value) : value;
    case 'boolean':
      return typeof value === 'string' && /^(true|false)$/i.test(value)
        ? value.toLowerCase() === 'true'
        : value;
    case 'array':
      return Array.isArray(value) ? value.map((item) => coerce(def.element, item)) : value;
    case 'object':
      return isPlainObject(value) ? coerceMembers(def.shape, value) : value;
    default:
      return value;
  }
};

const decimal = /^-?\d{1,20}(\.\d{1,20})?$/;

export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// `fromEntries` defines own properties, so a member called `__proto__` stays a member and is refused as unknown.
const coerceMembers = (shape: Readonly<Record<string, z.core.$ZodType>>, value: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => {
        const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
        return [name, schema ? coerce(schema, member) : member];
      }),
  );

/** The schema below `optional` and the like, which say nothing about the type. */
const innermost = (schema: z.core.$ZodType): z.core.$ZodTypes => {
  // zod's documented way to look into a schema: the base class is known to be one of this union.
  const known = schema as z.core.$ZodTypes;
  const { def } = known._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'readonly':
      return innermost(def.innerType);
    case 'pipe':
      return innermost(def.in);
    default:
      return known;
  }
};
