/** Lists of equal items as a table: the names of the fields are written once. */

export type Cell = string | number | boolean | null;

/** The columnar form of a list in structured content; the text form is `textOfTable`. */
export interface Table {
  readonly columns: readonly string[];
  /** In the order of the columns; `null` where an item has no value. */
  readonly rows: readonly (readonly Cell[])[];
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

/** Whether a value of an answer is a table. Text that only has this form is shown complete as well. */
export const isTable = (value: unknown): value is Table => {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false;
  const { columns, rows } = value as Partial<Table>;
  return (
    Array.isArray(columns) &&
    columns.every((column) => typeof column === 'string') &&
    Array.isArray(rows) &&
    rows.every((row) => Array.isArray(row) && row.length === columns.length && row.every(isCell))
  );
};

const isCell = (value: unknown): boolean => value === null || typeof value !== 'object';

/**
 * Writes a table as text: a line with the names of the columns, then one for each item, with `|` between the values.
 * A value that could be read as more than one, or as a line of this program, is written as JSON.
 */
export const textOfTable = ({ columns, rows }: Table, indent = ''): string =>
  [columns, ...rows].map((row) => `${indent}${row.map(textOfCell).join('|')}`).join('\n');

const textOfCell = (cell: Cell): string => {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  return /[|\n\t"]|^\s|\s$|^$/.test(cell) ? JSON.stringify(cell) : cell;
};
