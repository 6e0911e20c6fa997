/** The line that replaces the bytes which were cut out of the middle of a log. Pure. */

const pattern = /^\n\[batch-mcp cut (\d{15}) bytes here\]\n/;

/** @param bytes how many are missing; the line has the same length for every number */
export const logMarkOf = (bytes: number): string =>
  `\n[batch-mcp cut ${String(bytes).padStart(15, '0')} bytes here]\n`;

export const logMarkLength = logMarkOf(0).length;

/** Where the line is in a file that was cut: after the head, a quarter of the limit. */
export const logMarkOffset = (maxLogBytes: number): number => Math.floor(maxLogBytes / 4);

/** @returns how many bytes are missing where the text begins with the line; undefined where it does not */
export const missingBytesOf = (text: string): number | undefined => {
  const [, digits] = pattern.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
};
