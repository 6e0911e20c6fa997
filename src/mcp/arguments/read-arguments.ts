/** From what a client sent to what is sent on: normalized, this program's own arguments separated, the rest checked. */
import * as z from 'zod';
import { InputError } from '../../shared/errors.ts';
import type { Fields, ListableTool, Tool } from '../contract/tool.ts';
import { cursorForm } from '../render/truncate.ts';
import { cleanText } from '../render/untrusted.ts';
import { issuesOf, maskIssuesOf, withoutConsequences } from './argument-issues.ts';
import { isClientArgument } from './client-arguments.ts';
import { normalize } from './normalize.ts';

/** The arguments that this program adds to those of a tool, and `Region`, which is a parameter of every action. */
export interface CallArguments {
  /** What is sent: the arguments as given, normalized, without defaults, with what the operator configured. */
  readonly fields: Fields;
  readonly region: string | undefined;
  readonly confirm: boolean;
  readonly previewCode: string | undefined;
  readonly detail: 'concise' | 'full';
  readonly attempt: number | undefined;
  /** Where the lists of the answer continue, as `readCursor` reads it. */
  readonly cursor: string | undefined;
  /** What was added to the arguments, or is missing in them: sentences for the answer. */
  readonly notices: readonly string[];
}

interface Additions {
  readonly Region?: string;
  readonly confirm?: boolean;
  readonly preview?: string;
  readonly detail?: 'concise' | 'full';
  readonly attempt?: number;
  readonly cursor?: string;
}

// The deepest argument of any action is ten levels down; functions that visit arguments call themselves for each level.
const maxDepth = 100;

const isDeeperThan = (value: unknown, depth: number): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((part) => isDeeperThan(part, depth - 1));
};

// A reader cannot correct more at a time.
const maxIssues = 40;

/**
 * Reads the arguments of one call.
 * @throws InputError with every issue, its path and what would be right; nothing has been sent
 */
export const readArguments = (
  tool: Pick<
    Tool,
    | 'name'
    | 'input'
    | 'isRegional'
    | 'hasDetail'
    | 'hasAttempts'
    | 'hasCursor'
    | 'gate'
    | 'callList'
    | 'complete'
  >,
  sent: Fields,
): CallArguments => {
  const additions = additionsOf(tool);
  const known = { ...tool.input.shape, ...additions.shape };
  const isOwn = (key: string): boolean => Object.hasOwn(additions.shape, key);
  const relevant = Object.entries(sent).filter(
    ([key, value]) => value !== undefined && (Object.hasOwn(known, key) || !isClientArgument(key)),
  );
  // `confirm` counts as a boolean only, so these are checked as they came; null means that one was not given.
  const own = Object.fromEntries(relevant.filter(([key, value]) => isOwn(key) && value !== null));
  // Normalizing an object of fields returns an object of fields.
  const fields = normalize(Object.fromEntries(relevant.filter(([key]) => !isOwn(key))), tool.input) as Fields;
  for (const [path, value] of Object.entries(fields)) {
    if (isDeeperThan(value, maxDepth)) {
      const message = `It is nested too deep: at most ${maxDepth} levels are read.`;
      throw new InputError(tool.name, [
        { path: cleanText(path).slice(0, 100), message, code: 'InvalidParameterValue' },
      ]);
    }
  }
  const addition = additions.safeParse(own, { reportInput: true });
  const checked = tool.input.safeParse(fields, { reportInput: true });
  const names = { subject: tool.name, more: Object.keys(additions.shape) };
  const issues = withoutConsequences([
    ...issuesOf(addition, own, additions, names),
    ...issuesOf(checked, fields, tool.input, names),
    ...maskIssuesOf(fields, tool.input),
  ]);
  if (!addition.success || issues.length > 0) {
    throw new InputError(tool.name, issues.slice(0, maxIssues));
  }
  // Exactly what `additionsOf` describes; TypeScript cannot express a shape that depends on the tool.
  const { Region, confirm, preview, detail, attempt, cursor } = addition.data as Additions;
  return {
    ...(tool.complete?.(fields) ?? { fields, notices: [] }),
    region: Region,
    confirm: confirm === true,
    previewCode: preview,
    detail: detail ?? 'concise',
    attempt,
    cursor,
  };
};

type Kind = Pick<ListableTool, 'isRegional' | 'hasDetail' | 'hasAttempts' | 'hasCursor' | 'callList'> & {
  readonly gate?: unknown;
};

const isConfirmed = ({ gate, callList }: Kind): boolean => gate !== undefined || callList !== undefined;

const additionsFor = (kind: Kind): z.ZodObject => {
  const { isRegional, hasDetail, hasAttempts, hasCursor } = kind;
  return z.strictObject({
    ...(isRegional && { Region: z.string().min(1).optional() }),
    ...(isConfirmed(kind) && {
      confirm: z.boolean().optional().describe('true only once the user has agreed.'),
      preview: z.string().max(200).optional().describe('Code from the preview.'),
    }),
    ...(hasDetail && { detail: z.enum(['concise', 'full']).optional() }),
    ...(hasCursor && {
      cursor: z
        .string()
        .regex(cursorForm, 'It has to be a cursor of the previous answer.')
        .optional()
        .describe('From the previous answer.'),
    }),
    ...(hasAttempts && {
      attempt: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('Local engine only: an earlier attempt, from 1.'),
    }),
  });
};

const keyOf = (kind: Kind): string =>
  [
    kind.isRegional,
    kind.hasDetail,
    kind.hasAttempts ?? false,
    kind.hasCursor ?? false,
    isConfirmed(kind),
  ].join();

// A tool has a confirmation, a cursor or attempts, never two of them.
const kinds: readonly Kind[] = [true, false].flatMap((isRegional) =>
  [true, false].flatMap((hasDetail) =>
    [{ gate: {} }, {}, { hasCursor: true }, { hasAttempts: true }].map((kind) => ({
      isRegional,
      hasDetail,
      ...kind,
    })),
  ),
);

// One for each kind of tool: zod compiles a schema at its first check, which takes longer than a check.
const additionsByKind: ReadonlyMap<string, z.ZodObject> = new Map(
  kinds.map((kind) => [keyOf(kind), additionsFor(kind)]),
);

/** The schema of what a tool takes beside its own fields; the same one for equal tools. */
export const additionsOf = (tool: Kind): z.ZodObject =>
  additionsByKind.get(keyOf(tool)) ?? additionsFor(tool);
