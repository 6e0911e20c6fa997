/** Brings arguments to the types of the schema, where what a client sent has only one meaning. */
import * as z from 'zod';
import {
  fieldOf,
  innermostOf,
  isListSchema,
  isNullable,
  isObjectSchema,
  isOptional,
  itemOf,
} from '../../catalogue/schema-walk.ts';

/**
 * Normalizes a value at every depth:
 * - `null` for an optional field means that it is absent; strict-mode hosts send it for every argument not given.
 * - So does the text `null` where an object or list is expected: some clients send nested arguments as JSON.
 * - A string of JSON becomes the object or list the schema asks for; some clients send nested arguments so.
 * - A value of a list of named values becomes a list of one: `until: "all"`.
 * - A numeral or boolean as text becomes a number or boolean: the service reads them so, and its own examples write so.
 * Anything else stays as it is, and the check that follows reports it.
 * @returns a new value; the given one is not changed
 */
export const normalize = (value: unknown, schema: z.ZodType): unknown => {
  const inner = innermostOf(schema);
  if (isObjectSchema(inner)) {
    const object = typeof value === 'string' ? parsedOr(value, isPlainObject) : value;
    return isPlainObject(object) ? normalizeFields(object, inner) : object;
  }
  if (isListSchema(inner)) {
    const list = typeof value === 'string' ? parsedOr(value, Array.isArray) : value;
    if (typeof list === 'string' && isNamedValue(list, itemOf(inner))) return [list];
    return Array.isArray(list) ? list.map((item) => normalize(item, itemOf(inner))) : list;
  }
  if (typeof value !== 'string') return value;
  if (inner._zod.def.type === 'number') return decimal.test(value) ? Number(value) : value;
  if (inner._zod.def.type === 'boolean') return /^(true|false)$/i.test(value) ? /^t/i.test(value) : value;
  return value;
};

const isNamedValue = (text: string, item: z.ZodType): boolean =>
  item instanceof z.ZodEnum && item.options.includes(text);

// As the service reads numerals: no sign but a minus, no exponent, no space.
const decimal = /^-?\d{1,20}(\.\d{1,20})?$/;

const normalizeFields = (object: Record<string, unknown>, schema: z.ZodObject): unknown =>
  Object.fromEntries(
    Object.entries(object)
      .map(([name, value]) => ({ name, value, field: fieldOf(schema, name) }))
      .filter(({ value, field }) => field === undefined || !isAbsentWhenNull(field) || !isNull(value, field))
      .map(({ name, value, field }) => [name, field ? normalize(value, field) : value]),
  );

const isNull = (value: unknown, field: z.ZodType): boolean => {
  if (typeof value !== 'string') return value === null;
  const inner = innermostOf(field);
  return value.trim() === 'null' && (isObjectSchema(inner) || isListSchema(inner));
};

const isAbsentWhenNull = (field: z.ZodType): boolean => isOptional(field) && !isNullable(field);

const parsedOr = (text: string, isWanted: (value: unknown) => boolean): unknown => {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return isWanted(value) ? value : text;
  } catch {
    return text;
  }
};

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
