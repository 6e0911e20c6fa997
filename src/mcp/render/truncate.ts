/** Keeps an answer within what an assistant can take, and says what was left out. */
import type { Fields } from '../contract/tool.ts';
import { isFenced } from './to-text.ts';

/** Clients begin to cut or hide answers beyond some ten thousand tokens; half a dozen answers must fit beside each other. */
export const maxTokens = 8_000;
/** A concise list: what one looks through at a glance. The service's own default for most lists is 20, too. */
export const maxItems = 20;

/** A count that is not too low, whatever is in the text: three letters or digits a token, beyond ASCII a token a byte. */
export const tokensOf = (text: string): number => {
  let tokens = 0;
  for (const [part] of text.matchAll(/[A-Za-z]{1,3}|[0-9]{1,3}|\s+|[!-~]|./gsu)) {
    tokens += part > '\u007f' ? Buffer.byteLength(part) : 1;
  }
  return tokens;
};

export interface Truncation {
  readonly fields: Fields;
  /** One sentence for each thing that was cut. */
  readonly truncated: readonly string[];
}

/**
 * Shortens lists and long texts, heaviest first, until the whole is small enough.
 * @param fields the answer; not changed
 * @param most tokens, counted by `tokensOf` over its JSON
 */
export const truncateToTokens = (fields: Fields, most: number): Truncation => {
  let fitted = fields;
  const cut = new Map<string, string>();
  // Each round takes away at least a tenth of the heaviest part, so the bound is never met by a real answer.
  for (let round = 0; round < 200; round += 1) {
    const excess = weightOf(fitted) - most;
    if (excess <= 0) break;
    const heaviest = heaviestPartOf(fitted);
    if (heaviest === undefined) break;
    const { path, value, weight } = heaviest;
    const share = Math.min(0.9, Math.max(0.1, (weight - excess) / weight));
    const shorter = shortened(value, share);
    fitted = withPart(fitted, path, shorter);
    cut.set(path.join('.'), sentenceOf(path.join('.'), shorter, partAt(fields, path)));
  }
  return { fields: fitted, truncated: [...cut.values()] };
};

const shortened = (value: Part['value'], share: number): Part['value'] =>
  typeof value === 'string'
    ? shortText(value, share)
    : value.slice(0, Math.max(1, Math.floor(value.length * share)));

/** Cuts the lists at the top of an answer to what one looks through at a glance. */
export const shortenLists = (fields: Fields, most: number): Truncation => {
  const cut: string[] = [];
  const short = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (!Array.isArray(value) || value.length <= most) return [name, value];
      cut.push(sentenceOf(name, value.slice(0, most), value));
      return [name, value.slice(0, most)];
    }),
  );
  return { fields: short, truncated: cut };
};

const sentenceOf = (path: string, part: unknown, whole: unknown): string =>
  Array.isArray(part) && Array.isArray(whole)
    ? `${path}: ${part.length} of ${whole.length} shown`
    : `${path}: ${String(part).length} of ${String(whole).length} characters shown`;

const weightOf = (value: unknown): number => tokensOf(JSON.stringify(value) ?? '');

interface Part {
  readonly path: readonly (string | number)[];
  readonly value: readonly unknown[] | string;
  readonly weight: number;
}

/** The heaviest list of at least two, or text of some length. A list goes before the texts in it: fewer, but whole. */
const heaviestPartOf = (value: unknown, path: readonly (string | number)[] = []): Part | undefined => {
  if (typeof value === 'string') {
    return value.length > 200 ? { path, value, weight: weightOf(value) } : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) && value.length > 1) return { path, value, weight: weightOf(value) };
  const parts = Object.entries(value).map(([key, part]) =>
    heaviestPartOf(part, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return parts.reduce<Part | undefined>(
    (most, part) => ((part?.weight ?? 0) > (most?.weight ?? 0) ? part : most),
    undefined,
  );
};

/** Keeps both ends; a fence keeps its marks, which stand on the first and the last line. */
const shortText = (text: string, share: number): string => {
  const note = '\n[… cut …]\n';
  if (isFenced(text)) {
    const first = text.indexOf('\n');
    const last = text.lastIndexOf('\n');
    const inner = text.slice(first + 1, last);
    // The end of a log says why it ended.
    return `${text.slice(0, first)}${note}${inner.slice(Math.ceil(inner.length * (1 - share)))}${text.slice(last)}`;
  }
  const kept = Math.max(40, Math.floor(text.length * share) - note.length);
  return `${text.slice(0, Math.ceil(kept / 2))}${note}${text.slice(text.length - Math.floor(kept / 2))}`;
};

const partAt = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );

const withPart = (value: Fields, path: readonly (string | number)[], part: unknown): Fields => {
  const copy = structuredClone(value);
  const owner = partAt(copy, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof owner === 'object' && owner !== null && key !== undefined) Reflect.set(owner, key, part);
  return copy;
};
