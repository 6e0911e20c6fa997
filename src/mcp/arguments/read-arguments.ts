/** From what a client sent to what will be sent on: JSON strings parsed, our own additions taken off, the rest checked. */
import * as z from 'zod';
import { InputError } from '../../shared/errors.ts';
import type { Fields, ListableTool, Tool } from '../contract/tool.ts';
import { fieldOf, innerOf, itemOf } from '../schema/schema-walk.ts';
import { issuesOf } from './argument-issues.ts';

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
const maxIssues = 40;

/**
 * Reads the arguments of one call.
 * @throws InputError with every issue, its path and what would be right; nothing has been sent
 */
export const readArguments = (
  tool: Pick<Tool, 'name' | 'input' | 'isRegional' | 'hasDetail' | 'gate'>,
  sent: Fields,
): CallArguments => {
  const additions = additionsOf(tool);
  const isAddition = (key: string): boolean => Object.hasOwn(additions.shape, key);
  const own = Object.fromEntries(Object.entries(sent).filter(([key]) => isAddition(key)));
  const rest = Object.fromEntries(
    Object.entries(sent).filter(([key, value]) => !isAddition(key) && value !== undefined),
  );
  // Values come from JSON, so an object of the schema's keys is an object of fields.
  const fields = parsedBySchema(rest, tool.input) as Fields;
  const addition = additions.safeParse(own, { reportInput: true });
  const checked = tool.input.safeParse(fields, { reportInput: true });
  const issues = [
    ...issuesOf(addition, own, additions, tool.name),
    ...issuesOf(checked, fields, tool.input, tool.name),
  ];
  if (!addition.success || !checked.success) {
    throw new InputError(tool.name, issues.slice(0, maxIssues));
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

type Kind = Pick<ListableTool, 'isRegional' | 'hasDetail' | 'gate'>;

const makeAdditions = (tool: Kind): z.ZodObject =>
  z.strictObject({
    ...(tool.isRegional && { Region: z.string().min(1).optional() }),
    ...(tool.gate && {
      confirm: z.boolean().optional().describe('true only once the user has agreed.'),
      preview: z.string().max(200).optional().describe('Code from the preview.'),
    }),
    ...(tool.hasDetail && { detail: z.enum(['concise', 'full']).optional() }),
  });

/** One for each kind of tool: zod compiles a schema when it first checks something, which takes longer than a check. */
const madeAdditions = new Map<string, z.ZodObject>();

/** The schema of what this tool takes beside its own fields. */
export const additionsOf = (tool: Kind): z.ZodObject => {
  const kind = [tool.isRegional, tool.hasDetail, tool.gate !== undefined].join();
  const made = madeAdditions.get(kind) ?? makeAdditions(tool);
  madeAdditions.set(kind, made);
  return made;
};

/**
 * Parses strings that hold JSON where the schema wants an object or an array: some clients send nested arguments so.
 * What does not parse, or parses to something else, stays as it is and is refused by the check.
 */
export const parsedBySchema = (value: unknown, schema: z.ZodType): unknown => {
  const inner = innerOf(schema);
  if (inner) return parsedBySchema(value, inner);
  if (schema instanceof z.ZodObject) {
    const object = typeof value === 'string' ? parsedOr(value, isPlainObject) : value;
    if (!isPlainObject(object)) return object;
    return Object.fromEntries(
      Object.entries(object).map(([key, part]) => {
        const field = fieldOf(schema, key);
        return [key, field ? parsedBySchema(part, field) : part];
      }),
    );
  }
  if (schema instanceof z.ZodArray) {
    const list = typeof value === 'string' ? parsedOr(value, Array.isArray) : value;
    return Array.isArray(list) ? list.map((part) => parsedBySchema(part, itemOf(schema))) : list;
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
