/** Continuing a list that the API returns whole: the next call begins with the item after the last one shown. */
import type { Fields } from '../contract/tool.ts';
import { countOf } from './truncate.ts';

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
