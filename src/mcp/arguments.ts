/** From what a client sent to what will be sent on: JSON strings parsed, our own additions taken off, the rest checked. */
import * as z from 'zod';
import { codeOfMessage } from '../catalogue/action.ts';
import { InputError, type Issue } from '../errors.ts';
import type { Fields, Tool } from './tool.ts';

/** Our own additions to a tool's arguments, and `Region`, which is a parameter of every action. */
export interface CallArguments {
  /** What is sent: exactly what was written, with JSON strings parsed and nothing added. */
  readonly fields: Fields;
  readonly region: string | undefined;
  readonly confirm: boolean;
  readonly preview: string | undefined;
  readonly detail: 'concise' | 'full';
}

interface Additions {
  readonly Region?: string;
  readonly confirm?: boolean;
  readonly preview?: string;
  readonly detail?: 'concise' | 'full';
}

// An answer cannot name more than a reader would mend at once.
const mostIssues = 40;

/**
 * Reads the arguments of one call.
 * @throws InputError with every issue, its path and what would be right; nothing has been sent
 */
export const readArguments = (
  tool: Pick<Tool, 'name' | 'input' | 'isRegional' | 'hasDetail' | 'gate'>,
  sent: Fields,
): CallArguments => {
  const additions = additionsOf(tool);
  const own = Object.fromEntries(Object.entries(sent).filter(([key]) => Object.hasOwn(additions, key)));
  const rest = Object.fromEntries(
    Object.entries(sent).filter(([key, value]) => !Object.hasOwn(additions, key) && value !== undefined),
  );
  // Values come from JSON, so an object of the schema's keys is an object of fields.
  const fields = parsedBySchema(rest, tool.input) as Fields;
  const addition = z.strictObject(additions).safeParse(own, { reportInput: true });
  const checked = tool.input.safeParse(fields, { reportInput: true });
  const issues = [...issuesOf(addition, own, tool.name), ...issuesOf(checked, fields, tool.name)];
  if (!addition.success || !checked.success) {
    throw new InputError(tool.name, issues.slice(0, mostIssues));
  }
  // Exactly what `additionsOf` describes; a shape that depends on the tool has no type of its own.
  const { Region, confirm, preview, detail } = addition.data as Additions;
  return {
    fields,
    region: Region,
    confirm: confirm === true,
    preview,
    detail: detail ?? 'concise',
  };
};

/** The schemas of what this tool takes beside its own fields. */
export const additionsOf = (
  tool: Pick<Tool, 'isRegional' | 'hasDetail' | 'gate'>,
): Readonly<Record<string, z.ZodType>> => ({
  ...(tool.isRegional && { Region: z.string().min(1).optional() }),
  ...(tool.gate && {
    confirm: z.boolean().optional().describe('true only once the user has agreed.'),
    preview: z.string().max(200).optional().describe('Code from the preview.'),
  }),
  ...(tool.hasDetail && { detail: z.enum(['concise', 'full']).optional() }),
});

/**
 * Parses strings that hold JSON where the schema wants an object or an array: some clients send nested arguments so.
 * What does not parse, or parses to something else, stays as it is and is refused by the check.
 */
export const parsedBySchema = (value: unknown, schema: z.ZodType): unknown => {
  const { innerType } = schema._zod.def as { innerType?: z.ZodType };
  if (innerType) return parsedBySchema(value, innerType);
  if (schema instanceof z.ZodObject) {
    const object = typeof value === 'string' ? parsedOr(value, isPlainObject) : value;
    if (!isPlainObject(object)) return object;
    return Object.fromEntries(
      Object.entries(object).map(([key, part]) => {
        const field = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined;
        return [key, field ? parsedBySchema(part, field) : part];
      }),
    );
  }
  if (schema instanceof z.ZodArray) {
    const list = typeof value === 'string' ? parsedOr(value, Array.isArray) : value;
    return Array.isArray(list) ? list.map((item) => parsedBySchema(item, schema.element as z.ZodType)) : list;
  }
  return value;
};

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

const issuesOf = (result: z.ZodSafeParseResult<unknown>, input: Fields, subject: string): readonly Issue[] =>
  result.success ? [] : result.error.issues.map((issue) => issueOf(issue, input, subject));

/** One issue of zod in our words: where, what is wrong, what would be right, and the API's code for it. */
const issueOf = (issue: z.core.$ZodIssue, input: Fields, subject: string): Issue => {
  const path = pathOf(issue.path);
  const { code, text } = codeOfMessage(issue.message);
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    return {
      path,
      message: `There is no field ${keys} here. The fields are listed in batch://reference/${subject}.`,
      code: 'UnknownParameter',
    };
  }
  if (issue.code === 'invalid_type' && valueAt(input, issue.path) === undefined) {
    return {
      path,
      message: `This field is required and is ${nameOf(issue.expected)}.`,
      code: 'MissingParameter',
    };
  }
  if (issue.code === 'invalid_type') {
    const got = valueAt(input, issue.path);
    return {
      path,
      message: `Expected ${nameOf(issue.expected)}, got ${shown(got)}.`,
      code: 'InvalidParameter',
    };
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((value) => JSON.stringify(value)).join(', ');
    return {
      path,
      message: `Expected ${issue.values.length === 1 ? values : `one of ${values}`}, got ${shown(valueAt(input, issue.path))}.`,
      code: 'InvalidParameterValue',
    };
  }
  return { path, message: text, ...(code === undefined ? {} : { code }) };
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

const nameOf = (expected: string): string =>
  ({
    int: 'a whole number',
    number: 'a number',
    string: 'a string',
    boolean: 'true or false',
    array: 'an array',
    object: 'an object',
  })[expected] ?? expected;

/** What was sent, short enough to be recognised. Kinds only for text, which may be a secret. */
const shown = (value: unknown): string => {
  if (typeof value === 'string') return 'a string';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
};
