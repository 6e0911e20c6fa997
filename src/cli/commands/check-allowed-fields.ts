/** Whether the fields of --allow-env exist: one that is misspelt would be noticed only when a call is refused. */
import * as z from 'zod';
import { actions } from '../../catalogue/index.ts';
import { fieldOf, innermostOf, itemOf } from '../../catalogue/schema-walk.ts';
import { isVariableList } from '../../mcp/render/redact.ts';
import { ConfigError } from '../../shared/errors.ts';
import { suggestionFor } from '../suggestion.ts';

/**
 * Checks the items of --allow-env that name a field.
 * @param source the flag or variable that gave them
 * @param more the arguments of tools that are not actions
 * @throws ConfigError for a field that no tool has
 */
export const checkAllowedFields = (
  items: readonly string[],
  source: string,
  more: readonly z.ZodType[] = [],
): void => {
  const known = [...Object.values(actions).map(({ input }) => input), ...more].flatMap((schema) =>
    pathsOf(schema),
  );
  for (const item of items) {
    const [, field = ''] = item.split('=');
    if (field === '' || known.some((path) => contains(path, withoutVariable(field)))) continue;
    const near = suggestionFor(
      field,
      known.map((path) => path.split('.').slice(-field.split('.').length).join('.')),
    );
    throw new ConfigError(`${source} has '${item}', and no tool has a field ${field}.${near}`);
  }
};

const contains = (path: string, field: string): boolean => `.${path}.`.includes(`.${field}.`);

/** `EnvVars.DB_PASSWORD` → `EnvVars`: variables of tasks have any name. */
const withoutVariable = (field: string): string => {
  const names = field.split('.');
  return isVariableList(names.at(-2) ?? '') ? names.slice(0, -1).join('.') : field;
};

/** The paths of all fields, without indexes. */
const pathsOf = (schema: z.ZodType, path = ''): readonly string[] => {
  const inner = innermostOf(schema);
  if (inner instanceof z.ZodArray) return pathsOf(itemOf(inner), path);
  if (!(inner instanceof z.ZodObject)) return path === '' ? [] : [path];
  const below = Object.keys(inner.shape).flatMap((name) => {
    const field = fieldOf(inner, name);
    return field === undefined ? [] : pathsOf(field, path === '' ? name : `${path}.${name}`);
  });
  return path === '' ? below : [path, ...below];
};
