/** Limits an answer to what an assistant can take, reports what was left out, and continues a list that was shortened. */
import type { Fields } from '../contract/tool.ts';
import { isUntrustedText, type UntrustedText, untrustedText } from '../contract/untrusted-text.ts';
import { isTable, itemsIn, type Table } from './table.ts';
import { fenceOf } from './untrusted.ts';

/** Clients begin to cut or hide answers beyond some ten thousand tokens; a page of a hundred jobs fits. */
export const maxTokens = 9_000;
/** Of an answer with `detail: "full"`: more than one of that size does not fit beside a conversation. */
export const maxFullTokens = 12_000;
/** Items of a list in a concise answer: what can be read at a glance. The service's default for most lists is 20, too. */
export const maxItems = 20;
/** Rows of a table in a concise answer: a page of the service, as far as it costs no more than a long log. */
const maxRows = 100;
const maxTableTokens = 3_000;

/** A count that is not too low, whatever the text: three letters or digits a token, beyond ASCII a token for each byte. */
export const tokensOf = (text: string): number => {
  let tokens = 0;
  for (const [part] of text.matchAll(/[A-Za-z]{1,3}|[0-9]{1,3}|\s+|[!-~]|./gsu)) {
    tokens += part > '\u007f' ? Buffer.byteLength(part) : 1;
  }
  return tokens;
};

/** Tokens of a value as JSON, with its fences. */
export const tokensOfValue = (value: unknown): number => tokensOf(sampleOf(value));

/** A value as JSON, with its fences. */
const sampleOf = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (isUntrustedText(part) ? fenceOf(part, sampleMark) : part)) ?? '';

const sampleMark = `DATA-${'0'.repeat(24)}`;

export interface Truncation {
  readonly fields: Fields;
  /** One sentence for each thing that was truncated. */
  readonly truncated: readonly string[];
}

/**
 * Shortens lists and long texts, heaviest first, until the answer is small enough.
 * @param fields the answer; not changed
 * @param limit tokens of the answer with its frame, counted by `tokensOfValue`
 * @param frame what is beside the fields
 */
export const truncateToTokens = (fields: Fields, limit: number, frame?: object): Truncation => {
  // No token is shorter than a byte, so most answers need no count.
  if (Buffer.byteLength(sampleOf(fields)) + Buffer.byteLength(sampleOf(frame)) <= limit)
    return { fields, truncated: [] };
  const max = limit - (frame === undefined ? 0 : tokensOfValue(frame));
  let fitted = fields;
  const truncated = new Map<string, string>();
  // Each round removes at least a tenth of the heaviest part, so no real answer meets the bound.
  for (let round = 0; round < 200; round += 1) {
    const excess = tokensOfValue(fitted) - max;
    if (excess <= 0) break;
    const heaviest = heaviestPartOf(fitted);
    if (heaviest === undefined) break;
    const { path, value, weight } = heaviest;
    const share = Math.min(0.9, Math.max(0.1, (weight - excess) / weight));
    const shorter = shortened(value, share);
    // An object stays an object when one of its parts is replaced.
    fitted = withPart(fitted, path, shorter) as Fields;
    // The rows of a table are counted as its items.
    const shown =
      path.at(-1) === 'rows' && isTable(partAt(fields, path.slice(0, -1))) ? path.slice(0, -1) : path;
    truncated.set(path.join('.'), sentenceOf(shown.join('.'), partAt(fitted, shown), partAt(fields, shown)));
  }
  return { fields: fitted, truncated: [...truncated.values()] };
};

/** Shortens the lists and tables at the top of an answer to what can be read at a glance. */
export const shortenLists = (fields: Fields, max: number): Truncation => {
  const truncated: string[] = [];
  const short = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const shorter = Array.isArray(value)
        ? value.slice(0, max)
        : isTable(value)
          ? shortTableOf(value, max)
          : value;
      if (countOf(shorter) === countOf(value)) return [name, value];
      truncated.push(sentenceOf(name, shorter, value));
      return [name, shorter];
    }),
  );
  return { fields: short, truncated };
};

/** At least `min` rows, and as many more as are cheap. */
const shortTableOf = (table: Table, min: number): Table => {
  if (table.rows.length <= min) return table;
  let tokens = 0;
  const rows = table.rows.slice(0, maxRows).filter((row, at) => {
    tokens += tokensOfValue(row);
    return at < min || tokens <= maxTableTokens;
  });
  return { ...table, rows };
};

/** Items of a list or a table; undefined for anything else. */
export const countOf = (value: unknown): number | undefined => {
  if (Array.isArray(value)) return value.length;
  return isTable(value) ? itemsIn(value) : undefined;
};

const sentenceOf = (path: string, part: unknown, original: unknown): string => {
  const count = countOf(part);
  return count === undefined
    ? `${path}: ${lengthOf(part)} of ${lengthOf(original)} characters shown`
    : `${path}: ${count} of ${countOf(original)} shown`;
};

const lengthOf = (text: unknown): number => (isUntrustedText(text) ? text.text : String(text)).length;

type Path = readonly (string | number)[];

interface Part {
  readonly path: Path;
  readonly value: readonly unknown[] | string | UntrustedText;
  readonly weight: number;
}

/** The heaviest list of at least two items, or text of some length. A list goes before the texts in it: fewer items, but complete ones. */
const heaviestPartOf = (value: unknown, path: Path = []): Part | undefined => {
  if (typeof value === 'string' || isUntrustedText(value)) {
    return lengthOf(value) > 200 ? { path, value, weight: tokensOfValue(value) } : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (isTable(value)) return heaviestOfTable(value, path);
  if (Array.isArray(value) && value.length > 1) return { path, value, weight: tokensOfValue(value) };
  return heavierOf(
    Object.entries(value).map(([key, part]) =>
      heaviestPartOf(part, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  );
};

/** The rows; of a single row its longest texts, since its cells have to remain as many as the columns. */
const heaviestOfTable = (table: Table, path: Path): Part | undefined => {
  const { rows } = table;
  if (rows.length > 1) return { path: [...path, 'rows'], value: rows, weight: tokensOfValue(table) };
  const texts = rows.flatMap((row, line) =>
    row.map((cell, at) => heaviestPartOf(cell, [...path, 'rows', line, at])),
  );
  return heavierOf([...texts, heaviestPartOf({ ...table.inEach }, [...path, 'inEach'])]);
};

const heavierOf = (parts: readonly (Part | undefined)[]): Part | undefined =>
  parts.reduce<Part | undefined>(
    (most, part) => ((part?.weight ?? 0) > (most?.weight ?? 0) ? part : most),
    undefined,
  );

const shortened = (value: Part['value'], share: number): Part['value'] => {
  if (typeof value === 'string') return withoutMiddle(value, share);
  if (isUntrustedText(value)) return untrustedText(endOf(value.text, share), value.label);
  return value.slice(0, Math.max(1, Math.floor(value.length * share)));
};

const note = '[… truncated …]';

/** The end of a log says why the program ended. */
const endOf = (text: string, share: number): string =>
  `${note}\n${text.slice(Math.ceil(text.length * (1 - share)) + note.length)}`;

const withoutMiddle = (text: string, share: number): string => {
  const length = Math.max(40, Math.floor(text.length * share) - note.length);
  return `${text.slice(0, Math.ceil(length / 2))}\n${note}\n${text.slice(text.length - Math.floor(length / 2))}`;
};

const partAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );

/** A copy in which one part is replaced. */
const withPart = (value: unknown, [key, ...rest]: Path, part: unknown): unknown => {
  if (key === undefined) return part;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === key ? withPart(item, rest, part) : item));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === key ? withPart(item, rest, part) : item]),
  );
};

/** A list at the top of an answer, and how many of its items were shown before. */
export interface Cursor {
  readonly list: string;
  readonly from: number;
}

/** The form of a cursor as an argument: `InstanceTypeQuotaSet:120`. */
export const cursorForm = /^([A-Za-z]{1,60}):(\d{1,9})$/;

/** @returns undefined for any other text */
export const readCursor = (text: string | undefined): Cursor | undefined => {
  const [, list, from] = cursorForm.exec(text ?? '') ?? [];
  return list === undefined ? undefined : { list, from: Number(from) };
};

/** The fields without the items that were shown before; a cursor of another answer changes nothing. */
export const fromCursor = (fields: Fields, cursor: Cursor | undefined): Fields => {
  const items = cursor && fields[cursor.list];
  return cursor && Array.isArray(items) ? { ...fields, [cursor.list]: items.slice(cursor.from) } : fields;
};

/**
 * The calls that return the rest of each list that was shortened.
 * @param complete the fields before anything was left out, from the cursor on
 * @param shown what is in the answer
 */
export const continuationOf = (
  complete: Fields,
  shown: Fields,
  cursor: Cursor | undefined,
): readonly string[] =>
  Object.entries(complete).flatMap(([list, items]) => {
    const count = countOf(shown[list]);
    if (!Array.isArray(items) || count === undefined || count >= items.length) return [];
    const from = cursor?.list === list ? cursor.from : 0;
    return [`${items.length - count} more of ${list}: the same call with cursor "${list}:${from + count}".`];
  });
