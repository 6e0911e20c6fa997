/** Changes to a definition by path: `work.EnvVars.SIZE=8`, `Timeout=600`. Pure. */
import type * as z from 'zod';
import { objectSchemaOf } from '../../catalogue/schema-walk.ts';
import { InputError } from '../../shared/errors.ts';
import { maskCredentials } from '../../shared/mask-credentials.ts';

/** A path as its steps: names, indexes, and `*` for every item of a list. */
export type Path = readonly string[];

export interface Changes {
  /** `PATH=VALUE`, or `PATH~=OLD=>NEW` for a part of a text that occurs once in it. */
  readonly set?: readonly string[] | undefined;
  /** Paths. */
  readonly remove?: readonly string[] | undefined;
}

/** Turns the path that was written into one from the root of the definition; undefined where it has no meaning. */
export type Locate = (path: Path) => Path | undefined;

/** `Tasks[work].EnvVars.SIZE` is `Tasks`, `work`, `EnvVars`, `SIZE`. */
const stepsOf = (path: string): Path =>
  path
    .replace(/\[([^\]]*)\]/g, '.$1')
    .split('.')
    .map((step) => step.trim())
    .filter((step) => step !== '');

/**
 * Applies the changes. Values stay text: the check that follows reads them by the schema.
 * @param definition not changed
 * @throws InputError for a path that is malformed or leads nowhere
 */
export const patched = <T extends object>(
  tool: string,
  definition: T,
  { set = [], remove = [] }: Changes,
  locate: Locate,
): T => {
  // A clone of JSON has the type of the original.
  const copy = structuredClone(definition);
  const fail = (path: string, message: string): never => {
    throw new InputError(tool, [{ path, message }]);
  };
  const located = (at: string, written: string): Path => {
    const steps = stepsOf(written);
    const path = steps.length === 0 ? undefined : locate(steps);
    return path ?? fail(at, `${written} names no field, and no task of the definition.`);
  };
  for (const [index, change] of set.entries()) {
    const at = `set[${index}]`;
    const [, written = '', operator, value = ''] = /^([^=~]+)(~?=)(.*)$/s.exec(change) ?? [];
    if (operator === undefined) fail(at, 'It has to be PATH=VALUE, or PATH~=OLD=>NEW.');
    const path = located(at, written);
    const isReplacement = operator === '~=';
    if (isReplacement && path.includes('EnvVars')) fail(at, hiddenMessage);
    const replace = (text: string): string | undefined => {
      if (maskCredentials(text) !== text) fail(at, hiddenMessage);
      const [old, now] = replacementOf(value) ?? fail(at, 'It has to be PATH~=OLD=>NEW.');
      const count = text.split(old).length - 1;
      if (count > 1)
        fail(at, `The text occurs ${count} times in ${written}: give more of what is around it.`);
      return count === 0 ? undefined : text.replace(old, () => now);
    };
    const count = isReplacement ? replaceAt(copy, path, replace) : setAt(copy, path, value);
    if (count === 0)
      fail(at, operator === '=' ? `Nothing is at ${written}.` : `${written} has no such text.`);
  }
  for (const [index, written] of remove.entries()) {
    const at = `remove[${index}]`;
    if (removeAt(copy, located(at, written)) === 0) fail(at, `Nothing is at ${written}.`);
  }
  return copy;
};

/** Lists whose items are addressed by a name, and the field that a path to an item without a further step means. */
const nameFields = ['TaskName', 'Name', 'Key'] as const;

const nameFieldOf = (items: readonly unknown[], step: string): string | undefined =>
  nameFields.find((field) => items.some((item) => isObject(item) && item[field] === step));

const itemsAt = (list: readonly unknown[], step: string): readonly number[] => {
  if (step === '*') return list.map((_, index) => index);
  const field = nameFieldOf(list, step);
  if (field !== undefined) {
    return list.flatMap((item, index) => (isObject(item) && item[field] === step ? [index] : []));
  }
  return /^\d+$/.test(step) && Number(step) < list.length ? [Number(step)] : [];
};

/** Lists of pairs, which may be empty or absent: their names. */
const pairLists: Readonly<Record<string, 'Name' | 'Key'>> = { EnvVars: 'Name', Tags: 'Key' };

/** @returns how many values were set */
const setAt = (value: unknown, [step, ...rest]: Path, text: string): number => {
  if (step === undefined) return 0;
  if (Array.isArray(value)) {
    return itemsAt(value, step).reduce((sum, index) => {
      const item: unknown = value[index];
      if (rest.length > 0) return sum + setAt(item, rest, text);
      if (isPair(item)) return sum + setAt(item, ['Value'], text);
      value[index] = text;
      return sum + 1;
    }, 0);
  }
  if (!isObject(value)) return 0;
  const nameField = pairLists[step];
  const [name, ...deeper] = rest;
  if (nameField !== undefined && name !== undefined && (deeper.length === 0 || deeper.join() === 'Value')) {
    const list = Array.isArray(value[step]) ? value[step] : [];
    value[step] = list;
    const pair = list.find((item) => isObject(item) && item[nameField] === name);
    if (isObject(pair)) pair.Value = text;
    else list.push({ [nameField]: name, Value: text });
    return 1;
  }
  if (rest.length === 0) {
    value[step] = text;
    return 1;
  }
  value[step] ??= {};
  return setAt(value[step], rest, text);
};

/** Whether a hidden value has a text must not be found out by trying, and around it a credential would no longer be masked. */
const hiddenMessage = 'Its value is hidden, or contains a credential: set the whole value with PATH=VALUE.';

/** `OLD=>NEW`; undefined for anything else. */
const replacementOf = (text: string): readonly [string, string] | undefined => {
  const end = text.indexOf('=>');
  return end < 1 ? undefined : [text.slice(0, end), text.slice(end + 2)];
};

/** @returns how many values were changed */
const replaceAt = (
  value: unknown,
  [step, ...rest]: Path,
  replace: (text: string) => string | undefined,
): number => {
  if (step === undefined || typeof value !== 'object' || value === null) return 0;
  const keys: readonly (string | number)[] = Array.isArray(value) ? itemsAt(value, step) : [step];
  return keys.reduce<number>((sum, key) => {
    const part: unknown = Reflect.get(value, key);
    if (rest.length > 0) return sum + replaceAt(part, rest, replace);
    if (isPair(part)) return sum + replaceAt(part, ['Value'], replace);
    const text = typeof part === 'string' ? replace(part) : undefined;
    if (text === undefined) return sum;
    Reflect.set(value, key, text);
    return sum + 1;
  }, 0);
};

/** @returns how many values were removed */
const removeAt = (value: unknown, [step, ...rest]: Path): number => {
  if (step === undefined) return 0;
  if (Array.isArray(value)) {
    const indexes = itemsAt(value, step);
    if (rest.length > 0) return indexes.reduce((sum, index) => sum + removeAt(value[index], rest), 0);
    for (const index of [...indexes].reverse()) value.splice(index, 1);
    return indexes.length;
  }
  if (!isObject(value) || !Object.hasOwn(value, step)) return 0;
  if (rest.length > 0) return removeAt(value[step], rest);
  delete value[step];
  return 1;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPair = (value: unknown): boolean => isObject(value) && 'Value' in value;

/**
 * A path below a task: a field of the task itself, or one of the fields that people name without the objects around
 * them (`Command`, `InstanceType`).
 * @param schema of the task
 */
export const pathInTask = (path: Path, schema: z.ZodType): Path | undefined => {
  const [first = ''] = path;
  const task = objectSchemaOf(schema);
  if (task === undefined) return undefined;
  if (Object.hasOwn(task.shape, first)) return path;
  const wrappers = [['Application'], ['ComputeEnv', 'EnvData']];
  const wrapper = wrappers.find((steps) => {
    const inner = steps.reduce<z.ZodObject | undefined>(
      (object, step) => objectSchemaOf(object?.shape[step] as z.ZodType | undefined),
      task,
    );
    return inner !== undefined && Object.hasOwn(inner.shape, first);
  });
  return wrapper && [...wrapper, ...path];
};
