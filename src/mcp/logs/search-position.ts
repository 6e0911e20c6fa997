/** The cursor of a search: `12`, or `12.stdout.1048576.3301` inside a log, with byte and line. Pure. */
import type { SearchPosition } from './search-logs.ts';

export const cursorForm = /^\d{1,9}(\.(stdout|stderr)\.\d{1,15}\.\d{1,12})?$/;

/** @param cursor of the form above */
export const positionOf = (cursor: string): SearchPosition => {
  const [index = '0', stream, byte, line] = cursor.split('.');
  return stream === 'stdout' || stream === 'stderr'
    ? { index: Number(index), within: { stream, at: { byte: Number(byte), line: Number(line) } } }
    : { index: Number(index) };
};

export const cursorOf = ({ index, within }: SearchPosition): string =>
  within === undefined ? String(index) : `${index}.${within.stream}.${within.at.byte}.${within.at.line}`;
