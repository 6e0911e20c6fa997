/** An answer as a script sees it: plain values, lists of objects instead of tables. */
import { isUntrustedText, type UntrustedText } from '../contract/untrusted-text.ts';
import { isTable } from '../render/table.ts';

/** @returns a copy that JSON can write */
export const plainOf = (value: unknown): unknown => {
  if (isUntrustedText(value)) return linesOf(value);
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== 'object' || value === null) return value;
  if (isTable(value)) {
    return value.rows.map((row) =>
      Object.fromEntries(value.columns.map((column, index) => [column, row[index] ?? null])),
    );
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plainOf(part)]));
};

/** Lines as objects; a line of another form, such as a note on what was left out, has only its text. */
const linesOf = ({ text, lineForm }: UntrustedText): unknown =>
  lineForm === undefined
    ? text
    : text.split('\n').map((line) => {
        const groups = Object.entries(lineForm.exec(line)?.groups ?? { text: line });
        return Object.fromEntries(
          groups.map(([name, part]) => [
            name,
            name !== 'text' && /^\d+$/.test(part ?? '') ? Number(part) : part,
          ]),
        );
      });
