/** Lists of equal items as a table: the names of the fields are written once. */
import { indexesOf } from './ranges.ts';

export type Cell = string | number | boolean | null;

/** The columnar form of a list in structured content; the text form is `textOfTable`. */
export interface Table {
  readonly columns: readonly string[];
  /** In the order of the columns; `null` where an item has no value. */
  readonly rows: readonly (readonly Cell[])[];
  /** What is the same in every item, so that no column repeats it. */
  readonly inEach?: Readonly<Record<string, Cell>>;
  /** How its times are to be read: their date, where all have the same, and the present time. */
  readonly times?: string;
}

/**
 * Makes a table of a list.
 * @param columns the fields, in the order in which they are shown
 * @param items one for each line; a field that an item lacks is `null`
 */
export const tableOf = <C extends string>(
  columns: readonly C[],
  items: readonly Readonly<Partial<Record<C, Cell | undefined>>>[],
): Table => ({
  columns,
  rows: items.map((item) => columns.map((column) => item[column] ?? null)),
});

const tableKeys = new Set(['columns', 'rows', 'inEach', 'times']);

/** Whether a value of an answer is a table. Any other data of this form is shown complete as well. */
export const isTable = (value: unknown): value is Table => {
  if (typeof value !== 'object' || value === null) return false;
  if (!Object.keys(value).every((key) => tableKeys.has(key))) return false;
  // Each field is checked below.
  const { columns, rows, inEach = {}, times = '' } = value as Partial<Table>;
  return (
    Array.isArray(columns) &&
    columns.every((column) => typeof column === 'string') &&
    Array.isArray(rows) &&
    rows.every((row) => Array.isArray(row) && row.length === columns.length && row.every(isCell)) &&
    typeof inEach === 'object' &&
    inEach !== null &&
    Object.values(inEach).every(isCell) &&
    typeof times === 'string'
  );
};

const isCell = (value: unknown): boolean => value === null || typeof value !== 'object';

/** The column whose values may be ranges, so that equal instances are one row. */
export const indexColumn = 'TaskInstanceIndex';

/** The number of items in the rows of a table: a row of instances 5-9 has five. */
export const itemsIn = ({ columns, rows }: Table): number => {
  const at = columns.indexOf(indexColumn);
  return rows.reduce((sum, row) => {
    const cell = row[at];
    return sum + (typeof cell === 'string' ? (indexesOf(cell, 1_000_000)?.length ?? 1) : 1);
  }, 0);
};

/**
 * Writes a table as text: a line with the names of the columns, then one for each item, with `|` between the values.
 * A value that could be read as more than one, or as a line of this program, is written as JSON.
 */
export const textOfTable = ({ columns, rows, inEach = {}, times }: Table, indent = ''): string => {
  const same = Object.entries(inEach).map(([name, value]) => `${textOfCell(name)} ${textOfCell(value)}`);
  return [
    ...(same.length > 0 ? [`in each: ${same.join(', ')}`] : []),
    ...(times === undefined ? [] : [`times: ${textOfCell(times)}`]),
    ...[columns, ...rows].map((row) => row.map(textOfCell).join('|')),
  ]
    .map((line) => `${indent}${line}`)
    .join('\n');
};

const textOfCell = (cell: Cell): string => {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  return /[|\n\t]|^[\s"]|\s$|^$/.test(cell) ? JSON.stringify(cell) : cell;
};
