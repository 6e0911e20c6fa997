/** Reads a table of an answer, whose columns with one value for all are written once (src/mcp/render/table.ts). */

/** @returns its rows, each with all columns; none where the answer has no table */
export const tableRowsOf = (table: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (table === undefined) return [];
  const { inEach, columns, rows } = table as { inEach?: object; columns: string[]; rows: unknown[][] };
  return rows.map((row) => ({
    ...inEach,
    ...Object.fromEntries(columns.map((column, index) => [column, row[index]])),
  }));
};
