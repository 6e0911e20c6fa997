/** The few steps into a zod schema that checks, masks and hints share. */
import type * as z from 'zod';

/** The schema inside `optional`, `nullable`, `default` and their like; nothing where there is no wrapper. */
export const innerOf = (schema: z.ZodType): z.ZodType | undefined =>
  // Every wrapper of zod keeps what it wraps under this name; no type covers them all.
  (schema._zod.def as { readonly innerType?: z.ZodType }).innerType;

/** The schema of the items of a list. */
export const itemOf = (schema: z.ZodArray): z.ZodType =>
  // zod types it as the core of a schema; those made with zod itself are whole ones.
  schema.element as z.ZodType;

/** The schema of a field; nothing where the object does not know it. */
export const fieldOf = (schema: z.ZodObject, name: string): z.ZodType | undefined =>
  Object.hasOwn(schema.shape, name) ? (schema.shape[name] as z.ZodType) : undefined;
