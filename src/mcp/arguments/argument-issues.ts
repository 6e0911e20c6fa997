/** What is wrong with an argument, in words that say what would be right. */
import { closestMatch } from 'leven';
import * as z from 'zod';
import { codeOfMessage } from '../../catalogue/action.ts';
import { isActionName } from '../../catalogue/index.ts';
import type { Issue } from '../../shared/errors.ts';
import type { Fields } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { fieldOf, innerOf, itemOf } from '../schema/schema-walk.ts';

/**
 * The issues of one check.
 * @param input what was checked
 * @param schema what it was checked against: it knows which names there are
 * @param subject the tool, whose reference lists its fields
 */
export const issuesOf = (
  result: z.ZodSafeParseResult<unknown>,
  input: Fields,
  schema: z.ZodType,
  subject: string,
): readonly Issue[] =>
  result.success
    ? []
    : result.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => unknownKeyIssueOf(key, issue.path, schema, subject))
          : [issueOf(issue, input)],
      );

/** So many names of a nested object are shorter than the page they stand on, which is named anyway. */
const maxNamed = 10;

const unknownKeyIssueOf = (
  key: string,
  path: readonly PropertyKey[],
  schema: z.ZodType,
  subject: string,
): Issue => {
  const names = namesAt(schema, path);
  const near = closestMatch(key, names, { maxDistance: Math.max(2, Math.floor(key.length / 3)) });
  const all =
    isActionName(subject) && (path.length === 0 || names.length > maxNamed)
      ? `All fields: batch://reference/${subject}.`
      : `The fields are ${names.join(', ')}.`;
  const advice = near === undefined ? all : `Did you mean ${near}?`;
  return {
    path: pathOf([...path, key]),
    message: `There is no such field. ${advice}`,
    code: 'UnknownParameter',
  };
};

/** One issue of zod in our words: where, what is wrong, what would be right, and the API's code for it. */
const issueOf = (issue: z.core.$ZodIssue, input: Fields): Issue => {
  const path = pathOf(issue.path);
  const got = valueAt(input, issue.path);
  if (issue.code === 'invalid_type' && got === undefined) {
    return { path, message: `It is required: ${nameOf(issue.expected)}.`, code: 'MissingParameter' };
  }
  if (issue.code === 'invalid_type') {
    return {
      path,
      message: `It has to be ${nameOf(issue.expected)}, not ${kindOf(got)}.`,
      code: 'InvalidParameter',
    };
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((value) => JSON.stringify(value)).join(', ');
    return {
      path,
      message: `It has to be ${issue.values.length === 1 ? values : `one of ${values}`}${got === undefined ? '' : `, not ${shown(got)}`}.`,
      code: got === undefined ? 'MissingParameter' : 'InvalidParameterValue',
    };
  }
  const { code, text } = codeOfMessage(issue.message);
  // A check of the catalogue says in its own words what is right; only the others are said in zod's.
  const isOurs = code !== undefined || !/^Too (small|big): /.test(text);
  return { path, message: isOurs ? text : (boundOf(issue) ?? text), ...(code === undefined ? {} : { code }) };
};

/** `At most 100.` in our words; undefined for an issue that is about something else than a bound. */
const boundOf = (issue: z.core.$ZodIssue): string | undefined => {
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return undefined;
  const isLeast = issue.code === 'too_small';
  const bound = Number(isLeast ? issue.minimum : issue.maximum);
  const thing = { array: 'item', string: 'character' }[String(issue.origin)];
  return `It has to ${thing ? 'have' : 'be'} at ${isLeast ? 'least' : 'most'} ${thing ? counted(bound, thing) : bound}.`;
};

/** `Job.Tasks[0].TaskName`. */
const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part),
    '',
  );

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );

/** The names a schema knows at a path; none where there is no object. */
const namesAt = (schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] => {
  const inner = innerOf(schema);
  if (inner) return namesAt(inner, path);
  const [key, ...rest] = path;
  if (schema instanceof z.ZodArray) return namesAt(itemOf(schema), rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (key === undefined) return Object.keys(schema.shape);
  const field = fieldOf(schema, String(key));
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

/** A value of a field that takes one of a few words is no secret; it is shown as far as one recognises it. */
const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value);
