/** What is wrong with an argument, as a sentence that says what would be right. */
import { closestMatch } from 'leven';
import type * as z from 'zod';
import { codeOfMessage } from '../../catalogue/action.ts';
import { isActionName } from '../../catalogue/index.ts';
import { fieldOf, isSecretField, itemSchemaOf, objectSchemaOf } from '../../catalogue/schema-walk.ts';
import type { Issue } from '../../shared/errors.ts';
import { isMasked } from '../../shared/mask-credentials.ts';
import type { Fields } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { cleanText } from '../render/untrusted.ts';

/** An issue, and the path of the field that a misspelt name was meant for. */
export interface ArgumentIssue extends Issue {
  readonly suggestion?: string;
}

export interface Names {
  /** The tool, whose reference lists its fields. */
  readonly subject: string;
  /** Names that are known beside those of the schema, at its top. */
  readonly more: readonly string[];
}

/**
 * The issues of one check.
 * @param input what was checked
 * @param schema what it was checked against: it knows the names of fields
 */
export const issuesOf = (
  result: z.ZodSafeParseResult<unknown>,
  input: Fields,
  schema: z.ZodType,
  names: Names,
): readonly ArgumentIssue[] =>
  result.success
    ? []
    : result.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => unknownKeyIssueOf(key, issue.path, schema, names))
          : [issueOf(issue, input)],
      );

/**
 * One issue for each wrong value: a misspelt name is not reported as a missing field as well, and of several issues
 * with one value only the first stays.
 */
export const withoutConsequences = (issues: readonly ArgumentIssue[]): readonly Issue[] => {
  const meant = new Set(issues.flatMap(({ suggestion }) => suggestion ?? []));
  const reported = new Set<string>();
  return issues
    .filter(({ path, code }) => !(code === 'MissingParameter' && meant.has(path)))
    .filter(({ path }) => {
      if (path !== '' && reported.has(path)) return false;
      reported.add(path);
      return true;
    })
    .map(({ suggestion: _, ...issue }) => issue);
};

/**
 * One issue for each value that is or contains a mask of this program: a client has copied it from an answer and does not
 * know the value. A field of asterisks alone is the mask of another program.
 */
export const maskIssuesOf = (value: unknown, schema: z.ZodType | undefined, path = ''): readonly Issue[] => {
  if (typeof value === 'string') {
    const isSecret = schema !== undefined && isSecretField(schema);
    return isMasked(value) || (isSecret && /^\*+$/.test(value))
      ? [{ path, message: masked, code: 'InvalidParameterValue' }]
      : [];
  }
  if (Array.isArray(value)) {
    const item = itemSchemaOf(schema);
    return value.flatMap((part, index) => maskIssuesOf(part, item, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const object = objectSchemaOf(schema);
  return Object.entries(value).flatMap(([key, part]) =>
    maskIssuesOf(part, object && fieldOf(object, key), path === '' ? key : `${path}.${key}`),
  );
};

const masked =
  'It contains a mask: the value was hidden in an answer. Give the value itself, or ${env:NAME} where the operator allows it.';

/** So many names of a nested object are shorter than the page that lists them, which is named anyway. */
const maxNamed = 10;

const unknownKeyIssueOf = (
  key: string,
  path: readonly PropertyKey[],
  schema: z.ZodType,
  { subject, more }: Names,
): ArgumentIssue => {
  const own = namesAt(schema, path);
  const names = path.length === 0 ? [...own, ...more] : own;
  const near = nearestOf(key, names);
  const all =
    isActionName(subject) && (path.length === 0 || names.length > maxNamed)
      ? `All fields: batch://reference/${subject}.`
      : `The fields are ${names.join(', ')}.`;
  return {
    path: pathOf([...path, key]),
    message: `There is no such field. ${near === undefined ? all : `Did you mean ${near}?`}`,
    code: 'UnknownParameter',
    ...(near !== undefined && { suggestion: pathOf([...path, near]) }),
  };
};

/** The name that is meant: the same but for case and separators (`job_id`, `JOBID`), nearly the same, or longer by a word. */
const nearestOf = (key: string, names: readonly string[]): string | undefined => {
  const wanted = plainOf(key);
  const byPlainName = new Map(names.map((name) => [plainOf(name), name]));
  const plainNames = [...byPlainName.keys()];
  const maxDistance = Math.min(wanted.length - 1, Math.max(2, Math.floor(wanted.length / 3)));
  const near =
    plainNames.find((name) => name === wanted) ??
    closestMatch(wanted, plainNames, { maxDistance: Math.max(0, maxDistance) }) ??
    plainNames.find((name) => name.length >= minSharedLength && wanted.startsWith(name));
  return near === undefined ? undefined : byPlainName.get(near);
};

// Shorter beginnings are shared by chance.
const minSharedLength = 5;

const plainOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** One issue of zod in other words: where, what is wrong, what would be right, and the API's code for it. */
const issueOf = (issue: z.core.$ZodIssue, input: Fields): Issue => {
  const path = pathOf(issue.path);
  const value = valueAt(input, issue.path);
  if (issue.code === 'invalid_type' && (value === undefined || value === null)) {
    return { path, message: `It is required: ${nameOf(issue.expected)}.`, code: 'MissingParameter' };
  }
  if (issue.code === 'invalid_type') {
    return {
      path,
      message: `It has to be ${nameOf(issue.expected)}, not ${kindOf(value)}.`,
      code: 'InvalidParameter',
    };
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((one) => JSON.stringify(one)).join(', ');
    return {
      path,
      message: `It has to be ${issue.values.length === 1 ? values : `one of ${values}`}${value === undefined ? '' : `, not ${shown(value)}`}.`,
      code: value === undefined ? 'MissingParameter' : 'InvalidParameterValue',
    };
  }
  const { code, text } = codeOfMessage(issue.message);
  // A check of the catalogue says in its own words what is right; only zod's own messages are replaced.
  const isOurs = code !== undefined || !/^Too (small|big): /.test(text);
  return { path, message: isOurs ? text : (boundOf(issue) ?? text), ...(code === undefined ? {} : { code }) };
};

/** `It has to be at most 100.`; undefined for an issue that is not about a bound. */
const boundOf = (issue: z.core.$ZodIssue): string | undefined => {
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return undefined;
  const isMinimum = issue.code === 'too_small';
  const bound = Number(isMinimum ? issue.minimum : issue.maximum);
  const unit = { array: 'item', string: 'character' }[String(issue.origin)];
  return `It has to ${unit ? 'have' : 'be'} at ${isMinimum ? 'least' : 'most'} ${unit ? counted(bound, unit) : bound}.`;
};

/** `Job.Tasks[0].TaskName`; a name that the client made up is cleaned. */
const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = cleanText(String(part)).replace(/\s+/g, ' ').slice(0, 100);
    return text === '' ? name : `${text}.${name}`;
  }, '');

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );

/** The names a schema knows at a path; none where there is no object. */
const namesAt = (schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] => {
  const [key, ...rest] = path;
  const item = itemSchemaOf(schema);
  if (item !== undefined) return namesAt(item, rest);
  const object = objectSchemaOf(schema);
  if (object === undefined) return [];
  if (key === undefined) return Object.keys(object.shape);
  const field = fieldOf(object, String(key));
  return field ? namesAt(field, rest) : [];
};

const nameOf = (expected: string): string =>
  ({
    int: 'a whole number',
    number: 'a number',
    string: 'a string',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
  })[expected] ?? expected;

/** Only the kind of a text, which may be a secret. */
const kindOf = (value: unknown): string => {
  if (typeof value === 'string') return 'a string';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};

/** A value of a field that takes one of a few words is no secret; its beginning is enough to recognize it. */
const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value);
