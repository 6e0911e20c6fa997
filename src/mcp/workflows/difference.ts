/** What differs between two versions of a definition, without its secrets. Pure. */
import type * as z from 'zod';
import { isMasked } from '../../shared/mask-credentials.ts';
import { counted } from '../render/counted.ts';
import { redact } from '../render/redact.ts';

export interface Difference {
  /** `Tasks[work].EnvVars[SIZE].Value`. */
  readonly path: string;
  /** Absent where there was nothing. */
  readonly was?: string;
  /** Absent where it was removed. */
  readonly now?: string;
}

/** Longer values are shown with their beginning and end. */
const maxLength = 160;

/**
 * The differences, in the order of the fields.
 * @param schema marks the secrets
 */
export const differencesOf = (before: unknown, after: unknown, schema: z.ZodType): readonly Difference[] =>
  walk({ raw: before, shown: redact(before, schema) }, { raw: after, shown: redact(after, schema) }, '');

/** How many values that answers hide are in a definition. */
const hiddenIn = (shown: unknown): number => {
  if (typeof shown === 'string') return isHidden(shown) ? 1 : 0;
  return isContainer(shown) ? Object.values(shown).reduce<number>((sum, part) => sum + hiddenIn(part), 0) : 0;
};

/**
 * What becomes of the values that answers hide, in a sentence; undefined where there are none.
 * @param differences to an earlier version
 */
export const hiddenNoteOf = (
  after: unknown,
  schema: z.ZodType,
  differences: readonly Difference[],
): string | undefined => {
  const changed = differences.filter(({ now }) => now === `(${given})`).length;
  const same = Math.max(0, hiddenIn(redact(after, schema)) - changed);
  return same === 0
    ? undefined
    : `${counted(same, 'hidden value')} taken over unchanged, with the real content`;
};

const given = 'as given';
const isHidden = (text: string): boolean => isMasked(text) && !/[^*a-z-]/.test(text);

interface Side {
  readonly raw: unknown;
  /** The same, masked. */
  readonly shown: unknown;
}

const walk = (before: Side, after: Side, path: string): readonly Difference[] => {
  if (JSON.stringify(before.raw) === JSON.stringify(after.raw)) return [];
  // A list that is new, or is removed, is compared item by item, where its items have names.
  if (isNamedList(before.raw) && after.raw === undefined) return walk(before, empty, path);
  if (isNamedList(after.raw) && before.raw === undefined) return walk(empty, after, path);
  if (!isContainer(before.raw) || !isContainer(after.raw)) return [leafOf(before, after, path)];
  const keys = new Set([...keysOf(before.raw), ...keysOf(after.raw)]);
  return [...keys].flatMap((key) =>
    walk(partOf(before, key), partOf(after, key), pathTo(path, key, Array.isArray(after.raw))),
  );
};

const empty: Side = { raw: [], shown: [] };

const isNamedList = (value: unknown): value is readonly object[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((item) => isContainer(item) && nameIn(item) !== undefined);

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Items of a list go by their names, where all have one: otherwise a removed item would change all that follow. */
const namesOf = (list: readonly unknown[]): readonly string[] => {
  const names = list.map((item) => (isContainer(item) ? nameIn(item) : undefined));
  return names.every((name) => name !== undefined) && new Set(names).size === names.length
    ? names
    : list.map((_, index) => String(index));
};

const nameIn = (item: object): string | undefined =>
  ['TaskName', 'Name', 'Key']
    .map((field): unknown => Reflect.get(item, field))
    .find((name) => typeof name === 'string') as string | undefined;

const keysOf = (value: object): readonly string[] =>
  Array.isArray(value) ? namesOf(value) : Object.keys(value);

const partOf = ({ raw, shown }: Side, key: string): Side => {
  const at = Array.isArray(raw) ? namesOf(raw).indexOf(key) : key;
  const read = (value: unknown): unknown => (isContainer(value) ? Reflect.get(value, at) : undefined);
  return { raw: read(raw), shown: read(shown) };
};

const pathTo = (path: string, key: string, isItem: boolean): string =>
  isItem ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;

const leafOf = (before: Side, after: Side, path: string): Difference => {
  const { was, now } = focused(textOf(before.shown, 'hidden'), textOf(after.shown, given));
  return { path, ...(was !== undefined && { was }), ...(now !== undefined && { now }) };
};

/** Of two long texts the part that differs, with some of what is around it. */
const focused = (
  was: string | undefined,
  now: string | undefined,
): { readonly was: string | undefined; readonly now: string | undefined } => {
  if (was === undefined || now === undefined || Math.min(was.length, now.length) <= maxUnfocused)
    return { was: was && shortened(was), now: now && shortened(now) };
  const least = Math.min(was.length, now.length);
  let start = 0;
  while (start < least && was[start] === now[start]) start += 1;
  let end = 0;
  while (end < least - start && was.at(-1 - end) === now.at(-1 - end)) end += 1;
  const from = Math.max(0, start - around);
  const cut = Math.max(0, end - around);
  const partOf = (text: string): string =>
    `${from > 0 ? '… ' : ''}${shortened(text.slice(from, text.length - cut))}${cut > 0 ? ' …' : ''}`;
  return { was: partOf(was), now: partOf(now) };
};

/** Shorter texts are shown whole. */
const maxUnfocused = 60;
/** Characters shown before and after a difference. */
const around = 20;

const shortened = (text: string): string =>
  text.length > maxLength ? `${text.slice(0, maxLength / 2)} … ${text.slice(-maxLength / 2)}` : text;

const textOf = (value: unknown, hidden: string): string | undefined => {
  if (value === undefined) return undefined;
  // Of a pair its name is in the path.
  if (isContainer(value) && nameIn(value) !== undefined && 'Value' in value)
    return textOf(value.Value, hidden);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === '') return '(empty)';
  if (typeof value === 'string' && isHidden(value)) return `(${hidden})`;
  return text;
};
