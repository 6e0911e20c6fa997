/** The lists of a concise answer as tables. */
import type * as z from 'zod';
import { fieldOf, itemSchemaOf, objectSchemaOf } from '../../catalogue/schema-walk.ts';
import type { Fields } from '../contract/tool.ts';
import { isUntrustedText } from '../contract/untrusted-text.ts';
import { containsDefinition, isDefinition } from './definitions.ts';
import { rangesOf } from './ranges.ts';
import { isVariableList } from './redact.ts';
import { type Cell, indexColumn, isTable, type Table, tableOf } from './table.ts';
import { absoluteTimeOf } from './times.ts';

// More columns are hard to read, and items that differ that much are not a table.
const maxColumns = 40;
// A list of the API has the same form whatever is in it; any other is a table where that is shorter.
const minItemsWithoutSchema = 3;
// With two items a field that is the same in both is easier to read in its column.
const minItemsToShare = 3;

/**
 * Replaces the lists of objects at the top of an answer by tables, and shortens tables. A list stays as it is where its items can be sent
 * again as arguments, contain the text of a job, or differ too much.
 * @param fields masked and compact
 * @param now milliseconds since 1970
 * @param schema of the answer, where there is one
 */
export const withTables = (fields: Fields, now: number, schema?: z.ZodType): Fields => {
  const object = objectSchemaOf(schema);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (isTable(value)) return [name, withShared(withTimes(value, now))];
      if (!Array.isArray(value) || value.length === 0 || !value.every(isRecord)) return [name, value];
      const list = object && fieldOf(object, name);
      if (list === undefined && value.length < minItemsWithoutSchema) return [name, value];
      if (isDefinition(list) || containsDefinition(itemSchemaOf(list))) return [name, value];
      return [name, tabulated(value, list !== undefined, now) ?? value];
    }),
  );
};

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isUntrustedText(value);

/**
 * @param isKnown whether a schema describes the items: only then are lists in them written into a cell
 * @returns undefined where the items do not form a table
 */
const tabulated = (items: readonly Fields[], isKnown: boolean, now: number): Table | undefined => {
  const flat = items.map((item) => flatOf(item, isKnown));
  if (!flat.every((item) => item !== undefined)) return undefined;
  // The item with the most fields first: it has most columns in the order of the API.
  const byFields = [...flat].sort((a, b) => Object.keys(b).length - Object.keys(a).length);
  const columns = [...new Set(byFields.flatMap((item) => Object.keys(item)))];
  if (columns.length === 0 || columns.length > maxColumns) return undefined;
  return withTimes(withShared(withRanges(tableOf(columns, flat))), now);
};

/** An item with one cell for each field, `Placement.Zone` for a field of a field; undefined where that is impossible. */
const flatOf = (item: Fields, isKnown: boolean): Record<string, Cell> | undefined => {
  const flat: Record<string, Cell> = {};
  for (const [name, value] of Object.entries(item)) {
    if (isRecord(value) && !isCounts(value)) {
      const inner = isKnown ? flatOf(value, isKnown) : shallowOf(value);
      if (inner === undefined) return undefined;
      for (const [field, cell] of Object.entries(inner)) flat[`${name}.${field}`] = cell;
      continue;
    }
    const cell = cellOf(name, value, isKnown);
    if (cell === undefined) return undefined;
    flat[name] = cell;
  }
  return flat;
};

const shallowOf = (value: Fields): Record<string, Cell> | undefined =>
  Object.values(value).every(isCell) ? (value as Record<string, Cell>) : undefined;

const isCell = (value: unknown): value is Cell => value === null || typeof value !== 'object';

const cellOf = (name: string, value: unknown, isKnown: boolean): Cell | undefined => {
  if (isCell(value)) return value;
  if (isUntrustedText(value)) return undefined;
  if (isRecord(value)) return countsTextOf(value);
  if (!Array.isArray(value) || (!isKnown && isVariableList(name))) return undefined;
  if (value.every(isCell)) return value.map(String).join(', ');
  if (value.every(isPair)) return value.map(pairTextOf).join(', ');
  return isKnown ? JSON.stringify(value) : undefined;
};

/** Metrics: `SucceedCount: 2` and the like. */
const isCounts = (value: Fields): boolean =>
  Object.entries(value).every(([name, count]) => name.endsWith('Count') && typeof count === 'number');

const countsTextOf = (counts: Fields): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name.replace(/Count$/, '')}`)
    .join(', ');

const isPair = (value: unknown): value is { readonly Key: string; readonly Value?: string } =>
  isRecord(value) &&
  Object.keys(value).every((key) => key === 'Key' || key === 'Value') &&
  typeof value.Key === 'string';

/** `owner=anna`, as one of several in a cell; what could be read as another pair or column is written as JSON. */
export const pairTextOf = ({ Key, Value }: { readonly Key: string; readonly Value?: string }): string =>
  `${plain(Key)}=${plain(Value)}`;

const plain = (text = ''): string => (/^[^=,|"\n]*$/.test(text) ? text : JSON.stringify(text));

/** Rows that differ in nothing but the index of the instance become one, with its indexes as ranges. */
const withRanges = (table: Table): Table => {
  const at = table.columns.indexOf(indexColumn);
  if (at < 0 || !table.rows.every((row) => typeof row[at] === 'number')) return table;
  const groups = new Map<string, { readonly row: readonly Cell[]; readonly indexes: number[] }>();
  for (const row of table.rows) {
    const key = JSON.stringify(row.with(at, null));
    const group = groups.get(key) ?? { row, indexes: [] };
    group.indexes.push(Number(row[at]));
    groups.set(key, group);
  }
  const rows = [...groups.values()].map(({ row, indexes }) =>
    indexes.length === 1 ? row : row.with(at, rangesOf(indexes, 1_000)),
  );
  return { ...table, rows };
};

/** What is the same in every row is written once. */
export const withShared = (table: Table): Table => {
  const { columns, rows, inEach, ...rest } = table;
  const [first] = rows;
  if (first === undefined || inEach !== undefined || rows.length < minItemsToShare) return table;
  const isShared = columns.map(
    (column, at) =>
      column !== indexColumn && first[at] !== null && rows.every((row) => row[at] === first[at]),
  );
  const shared = columns.flatMap((column, at): readonly (readonly [string, Cell])[] =>
    isShared[at] ? [[column, first[at] ?? null]] : [],
  );
  if (shared.length === 0 || shared.length === columns.length) return table;
  return {
    inEach: Object.fromEntries(shared),
    ...rest,
    columns: columns.filter((_, at) => !isShared[at]),
    rows: rows.map((row) => row.filter((_, at) => !isShared[at])),
  };
};

/** As the API writes times, and as answers do. */
const timeForm = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)Z( \(\w+ ago\))?$/;
/** Of actions, and of workflows. */
const timeName = /Time$|^(created|began|ended)$/;
const durations = ['elapsed', 'waited', 'ran'];
/** The name reads like a duration. */
const startColumn = 'RunningTime';
const startNote = `; ${startColumn}: when it started to run`;

/** The date, or else the year, that all times share is written once. Where there are durations, they replace the ages. */
export const withTimes = (table: Table, now: number): Table => {
  const { columns, rows, ...rest } = table;
  const isTime = columns.map((column) => timeName.test(column));
  const dates = rows.flatMap((row) => row.flatMap((cell, at) => (isTime[at] ? dateOf(cell) : [])));
  const [first] = dates;
  if (first === undefined) return table;
  const shared = [first, first.slice(0, 4)].find((start) => dates.every((date) => date.startsWith(start)));
  const hasDurations = durations.some((name) => columns.includes(name));
  const shorten = (cell: Cell): Cell =>
    String(cell).replace(
      timeForm,
      (_, date: string, time: string, age = '') =>
        `${shared === undefined ? `${date} ${time}Z` : `${date} ${time}`.slice(shared.length + 1)}${hasDurations ? '' : age}`,
    );
  return {
    ...rest,
    times: `${timesTextOf(shared, absoluteTimeOf(now))}${columns.includes(startColumn) ? startNote : ''}`,
    columns,
    rows: rows.map((row) => row.map((cell, at) => (isTime[at] && cell !== null ? shorten(cell) : cell))),
  };
};

/** `UTC 2026-11-22, now 02:46:27`. */
const timesTextOf = (shared: string | undefined, now: string): string => {
  const isToday = shared !== undefined && now.startsWith(`${shared} `);
  const present = isToday ? now.slice(shared.length + 1, -1) : now;
  return `UTC${shared === undefined ? '' : ` ${shared}`}, now ${present}`;
};

const dateOf = (cell: Cell): readonly string[] => {
  const date = timeForm.exec(String(cell))?.[1];
  return date === undefined ? [] : [date];
};
