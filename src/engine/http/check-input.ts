/** Validates the input of an action against the catalogue and reports the first problem in a fixed order. */
import type * as z from 'zod';
import { codeOfMessage } from '../../catalogue/action.ts';
import { type ErrorCode, errorCodes } from '../../catalogue/error-codes.ts';
import { type ActionName, actions, type InputOf } from '../../catalogue/index.ts';
import { messageTemplates, Refusal } from './refusals.ts';

/**
 * Validates the parameters of a request.
 * Problems are reported in this order: unknown parameters, missing ones, wrong types, wrong values; within one kind,
 * in the order of the schema. The vendor publishes no order; this is that of its page on common errors.
 * @param parameters the JSON body or the rebuilt query
 * @returns the input with numbers and booleans converted to their types; no defaults are added
 * @throws Refusal
 */
export const checkInput = <A extends ActionName>(action: A, parameters: unknown): InputOf<A> => {
  if (!isPlainObject(parameters)) {
    throw new Refusal('InvalidParameter', 'The parameters must be one JSON object.');
  }
  const coerced = coerce(actions[action].input, withSingleFilter(action, parameters));
  const { success, data, error } = actions[action].input.safeParse(coerced, { reportInput: true });
  if (!success) throw firstRefusalOf(error.issues, action);
  const unstorable = unstorableTextOf(data, []);
  if (unstorable !== undefined) {
    throw new Refusal(
      'InvalidParameterValue',
      `${messageTemplates.valueOfNotValid(unstorable)} It contains a NUL character or half of a surrogate pair.`,
    );
  }
  // zod's output of a schema without transforms is its input; the union over all actions hides that from TypeScript.
  return data as InputOf<A>;
};

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The path of a text that would be stored cut off or changed: SQLite and the system's calls end a text at NUL. */
const unstorableTextOf = (value: unknown, path: readonly string[]): string | undefined => {
  if (typeof value === 'string') return /\0|[\uD800-\uDFFF]/u.test(value) ? path.join('.') : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const found = unstorableTextOf(member, [...path, name]);
    if (found !== undefined) return found;
  }
  return undefined;
};

/**
 * `Filters` of this one action is a single object in every SDK and was a list in the second version of the API; both
 * are accepted.
 */
const withSingleFilter = (
  action: ActionName,
  parameters: Record<string, unknown>,
): Record<string, unknown> => {
  const { Filters, ...others } = parameters;
  if (action !== 'DescribeComputeEnvActivities' || !Array.isArray(Filters)) return parameters;
  if (Filters.length > 1) {
    throw new Refusal('InvalidParameterValue', 'The parameter `Filters` of this action takes one filter.');
  }
  return Filters.length === 0 ? others : { ...others, Filters: Filters[0] };
};

/**
 * Converts numbers and booleans that arrived as text (`"3"`, `"TRUE"`), as the vendor's gateway does: some of the vendor's
 * examples write them so, and GET requests and forms have no other way. Nothing else is converted; a value that does
 * not fit is left for validation. `null` members are dropped: the vendor's clients treat absent and null alike.
 * @returns a new value; the given one is not changed
 */
const coerce = (schema: z.core.$ZodType, value: unknown): unknown => {
  const inner = innermost(schema);
  const { def } = inner._zod;
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

// `fromEntries` defines properties, so a member called `__proto__` stays a member and is refused as unknown.
const coerceMembers = (shape: Readonly<Record<string, z.core.$ZodType>>, value: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => {
        const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
        return [name, schema ? coerce(schema, member) : member];
      }),
  );

/** The schema inside `optional` and similar wrappers, which do not affect the type. */
const innermost = (schema: z.core.$ZodType): z.core.$ZodTypes => {
  // zod's documented way to inspect a schema: the base class is known to be one of this union.
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

/** The kinds of problems in the order in which they are reported. */
const kinds = ['unknown', 'missing', 'type', 'value'] as const;

const firstRefusalOf = (issues: readonly z.core.$ZodIssue[], action: ActionName): Refusal => {
  for (const kind of kinds) {
    const issue = issues.find((candidate) => kindOf(candidate) === kind);
    if (issue) return refusalOf(issue, kind, action);
  }
  return new Refusal('InvalidParameter');
};

const kindOf = (issue: z.core.$ZodIssue): (typeof kinds)[number] => {
  if (issue.code === 'unrecognized_keys') return 'unknown';
  if (codeOfMessage(issue.message).code) return 'value';
  if (issue.code === 'custom') return 'value';
  if (issue.input === undefined) return 'missing';
  if (issue.code === 'invalid_type') return 'type';
  // zod reports any value outside of an enum, a number included, as an invalid value.
  if (issue.code === 'invalid_value' && typeof issue.input !== 'string') return 'type';
  // The gateway reads counts as unsigned: to it, -1 is not a number of the right type.
  if (issue.code === 'too_small' && typeof issue.input === 'number' && issue.input < 0) return 'type';
  return 'value';
};

const refusalOf = (issue: z.core.$ZodIssue, kind: (typeof kinds)[number], action: ActionName): Refusal => {
  const path = issue.path.map(String);
  const name = path.join('.');
  switch (kind) {
    case 'unknown': {
      const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
      return new Refusal(
        'UnknownParameter',
        messageTemplates.notRecognized([...path, keys[0] ?? ''].join('.')),
      );
    }
    case 'missing':
      return new Refusal('MissingParameter', messageTemplates.missing(name));
    case 'type':
      return new Refusal('InvalidParameter', messageTemplates.typeNotValid(name));
    case 'value': {
      const { code, text } = codeOfMessage(issue.message);
      // A rule between top-level fields has no path.
      const message = name === '' ? text : `${invalidValueMessage(name, issue.input)} ${text}`;
      return new Refusal(listedOrParent(code ?? 'InvalidParameterValue', action), message);
    }
    default:
      return kind satisfies never;
  }
};

/** An action responds only with the codes it lists and the common ones; any other code is replaced by its common parent. */
const listedOrParent = (code: ErrorCode, action: ActionName): ErrorCode => {
  const listed: readonly ErrorCode[] = actions[action].errors;
  if (listed.includes(code) || 'common' in errorCodes[code]) return code;
  const parent = code.slice(0, Math.max(0, code.indexOf('.')));
  return parent === 'InvalidParameterValue' ? parent : 'InvalidParameter';
};

/** Numbers and empty lists are quoted; texts are not, because a text may be a password. */
const invalidValueMessage = (name: string, value: unknown): string => {
  if (typeof value === 'number' || typeof value === 'boolean')
    return messageTemplates.valueNotValid(name, String(value));
  if (Array.isArray(value) && value.length === 0) return messageTemplates.valueNotValid(name, '[]');
  return messageTemplates.valueOfNotValid(name);
};
