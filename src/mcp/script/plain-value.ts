/** An answer as a script sees it: plain values, lists of objects instead of tables. */
import { isUntrustedText } from '../contract/untrusted-text.ts';
import { isTable } from '../render/table.ts';

/** @returns a copy that JSON can write */
export const plainOf = (value: unknown): unknown => {
  if (isUntrustedText(value)) return value.isLines ? value.text.split('\n') : value.text;
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== 'object' || value === null) return value;
  if (isTable(value)) {
    return value.rows.map((row) =>
      Object.fromEntries(value.columns.map((column, index) => [column, row[index] ?? null])),
    );
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plainOf(part)]));
};
