/** Repairs responses that lack what their documentation promises, so that no reader has to expect it. */
import type * as z from 'zod';
import { type ActionName, actions } from '../catalogue/index.ts';
import type { ResponseFields } from './wire.ts';

/**
 * Completes a response:
 * - An id that the response lacks is that of the request: a sentence about the target must name it.
 * - A list of objects has no `null` among them. Lists of numbers keep theirs, because samples have positions.
 * @returns a new value; the response is not changed
 */
export const completeOutput = (
  action: ActionName,
  input: object,
  response: ResponseFields,
): ResponseFields => {
  const { shape } = actions[action].output;
  const missing = Object.entries(input).filter(
    ([name, value]) => typeof value === 'string' && Object.hasOwn(shape, name) && !response[name],
  );
  // The schema is that of an object.
  return {
    ...(withoutNulls(response, actions[action].output) as ResponseFields),
    ...Object.fromEntries(missing),
  };
};

const withoutNulls = (value: unknown, schema: z.ZodType): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const inner = unwrapped(schema);
  if (isList(inner) && Array.isArray(value)) {
    const item = unwrapped(inner.element as z.ZodType);
    if (!isObject(item)) return value;
    return value.filter((one) => one !== null).map((one) => withoutNulls(one, item));
  }
  if (!isObject(inner)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      // The type of a shape with unknown names is that of the core of a schema.
      const field = Object.hasOwn(inner.shape, name) ? (inner.shape[name] as z.ZodType) : undefined;
      return [name, field ? withoutNulls(part, field) : part];
    }),
  );
};

// Not `instanceof`, which searches the list of a schema's traits: this runs for every value of every response.
const isList = (schema: z.ZodType): schema is z.ZodArray => schema._zod.def.type === 'array';
const isObject = (schema: z.ZodType): schema is z.ZodObject => schema._zod.def.type === 'object';

/** The schema below `optional`, `nullable` and the like. */
const unwrapped = (schema: z.ZodType): z.ZodType => {
  const { innerType } = schema._zod.def as { readonly innerType?: z.ZodType };
  return innerType === undefined ? schema : unwrapped(innerType);
};
