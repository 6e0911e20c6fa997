/** Definitions: objects of an answer that are also arguments, so that what is read has to be accepted when it is sent. */
import type * as z from 'zod';
import type { Action } from '../../catalogue/action.ts';
import { actionNames, actions } from '../../catalogue/index.ts';
import { fieldOf, isOptional, itemSchemaOf, objectSchemaOf } from '../../catalogue/schema-walk.ts';

/** The shapes of all objects in the arguments of actions. Copies of a type with other rules share its shape. */
const shapesIn = (schema: z.ZodType, found: Set<unknown>): Set<unknown> => {
  const item = itemSchemaOf(schema);
  if (item !== undefined) return shapesIn(item, found);
  const object = objectSchemaOf(schema);
  if (object === undefined || found.has(object.def.shape)) return found;
  found.add(object.def.shape);
  for (const name of Object.keys(object.shape)) {
    const field = fieldOf(object, name);
    if (field !== undefined) shapesIn(field, found);
  }
  return found;
};

const inputsOf = (name: (typeof actionNames)[number]): readonly z.ZodType[] => {
  const { input }: Action = actions[name];
  return Object.keys(input.shape).flatMap((field) => fieldOf(input, field) ?? []);
};

const argumentShapes: ReadonlySet<unknown> = actionNames
  .flatMap(inputsOf)
  .reduce((found, schema) => shapesIn(schema, found), new Set<unknown>());

/** Whether a value with this schema is also an argument, or a list of them. */
export const isDefinition = (schema: z.ZodType | undefined): boolean => {
  const item = itemSchemaOf(schema);
  if (item !== undefined) return isDefinition(item);
  const object = objectSchemaOf(schema);
  return object !== undefined && argumentShapes.has(object.def.shape);
};

/**
 * Whether objects with this schema have a part that is worth copying as it is: a task, the settings of machines. Tags
 * and the placement describe what has them and are shown in short.
 */
export const containsDefinition = (schema: z.ZodType | undefined): boolean => {
  const object = objectSchemaOf(schema);
  if (object === undefined) return false;
  return Object.keys(object.shape).some(
    (name) => !shownInShort.has(name) && isDefinition(fieldOf(object, name)),
  );
};

const shownInShort: ReadonlySet<string> = new Set(['Tags', 'Placement', 'RedirectInfo']);

/**
 * A definition without what its action would refuse: `null`, and empty values of fields that may be absent. All other
 * empty values stay, because an empty variable is not the same as none.
 */
export const writableOf = (value: unknown, schema: z.ZodType | undefined): unknown => {
  if (Array.isArray(value)) {
    const item = itemSchemaOf(schema);
    return value.map((part) => writableOf(part, item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const object = objectSchemaOf(schema);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, part]) => ({
        key,
        part,
        field: object && fieldOf(object, key),
      }))
      .filter(({ part, field }) => part !== null && part !== undefined && !isRefusedEmpty(part, field))
      .map(({ key, part, field }) => [key, writableOf(part, field)]),
  );
};

const isRefusedEmpty = (value: unknown, schema: z.ZodType | undefined): boolean =>
  schema !== undefined &&
  (value === '' || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)) &&
  isOptional(schema) &&
  !schema.safeParse(value).success;
