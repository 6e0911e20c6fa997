/** Repairs responses that lack what their documentation promises, so that no reader has to expect it. */
import * as z from 'zod';
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
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    const item = unwrapped(inner.element as z.ZodType);
    if (!(item instanceof z.ZodObject)) return value;
    return value.filter((one) => one !== null).map((one) => withoutNulls(one, item));
  }
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      // The type of a shape with unknown names is that of the core of a schema.
      const field = Object.hasOwn(inner.shape, name) ? (inner.shape[name] as z.ZodType) : undefined;
      return [name, field ? withoutNulls(part, field) : part];
    }),
  );
};

/** The schema below `optional` and `nullable`. */
const unwrapped = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema;
