/** Lists of objects in a result become tables: the names of the fields are written once. */
import { type Cell, tableOf } from '../render/table.ts';
import { withShared, withTimes } from '../render/tabulate.ts';

/** More columns are wider than a line; such items are read one by one. What is the same in every item is no column. */
const maxColumns = 16;
/**
 * @param now milliseconds since 1970
 * @returns a copy in which each list of at least two similar objects is a table
 */
export const tabulated = (value: unknown, now: number): unknown => {
  if (Array.isArray(value)) return tableFrom(value, now) ?? value.map((item) => tabulated(item, now));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, tabulated(part, now)]));
};

const tableFrom = (items: readonly unknown[], now: number): unknown => {
  if (items.length < 2 || !items.every(isObject)) return undefined;
  const flat = items.map((item) => flatOf(item));
  const columns = [...new Set(flat.flatMap((item) => Object.keys(item)))];
  const filled = flat.reduce((sum, item) => sum + Object.keys(item).length, 0);
  // Of objects with different fields most cells would be empty.
  if (columns.length === 0 || filled * 2 < columns.length * items.length) return undefined;
  const table = withShared(withTimes(tableOf(columns, flat), now));
  return table.columns.length <= maxColumns ? table : undefined;
};

/** An item with one cell for each field, `job.JobName` for a field of a field. */
const flatOf = (item: Readonly<Record<string, unknown>>): Record<string, Cell> =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) =>
      isObject(value) && Object.keys(value).length > 0
        ? Object.entries(flatOf(value)).map(([field, cell]) => [`${name}.${field}`, cell])
        : [[name, cellOf(value)]],
    ),
  );

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const cellOf = (value: unknown): Cell => {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) && value.length > 0 && value.every(isPlain)
      ? value.join(', ')
      : flowTextOf(value);
  }
  // JSON has no other kinds of values.
  return value as Cell;
};

const isPlain = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && /^[\w.:/=-]+$/.test(value));

/** `[{count: 1, proof: no space left}]`: JSON without the quotes, which a table would escape, where nothing needs them. */
const flowTextOf = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(flowTextOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, part]) => `${flowTextOf(key)}: ${flowTextOf(part)}`)
      .join(', ')}}`;
  return typeof value === 'string' &&
    /^[^"{}[\],|\n\t][^{}[\],|\n\t]*$|^[^"{}[\],|\n\t]$/.test(value) &&
    !/[\s:]$/.test(value)
    ? value
    : (JSON.stringify(value) ?? 'null');
};
