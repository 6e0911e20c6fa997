/** Keeps the file of a stream below a limit while it is written: head and tail stay, the bytes between are counted. */
import { closeSync, fstatSync, ftruncateSync, lstatSync, openSync, readSync, writeSync } from 'node:fs';

/** A megabyte is more than anyone reads, and is copied in a millisecond. */
const maxTailBytes = 1024 ** 2;

const markPattern = /\n\[batch-mcp cut (\d{15}) bytes here\]\n/;
const markOf = (bytes: number): string => `\n[batch-mcp cut ${String(bytes).padStart(15, '0')} bytes here]\n`;
const markLength = markOf(0).length;

/**
 * Cuts the middle out of a file that has grown above its limit. The writer has it open for appending and continues at
 * the new end; what it writes between the reading of the tail and the cut is lost and not counted.
 * @param max bytes the file may have
 * @returns whether it was cut
 */
export const cutLog = (file: string, max: number): boolean => {
  if (sizeOf(file) <= max) return false;
  const fd = openSync(file, 'r+');
  try {
    const { size } = fstatSync(fd);
    const head = Math.floor(max / 4);
    const tailLength = Math.min(maxTailBytes, Math.floor(max / 4));
    const mark = Buffer.alloc(markLength);
    readSync(fd, mark, 0, markLength, head);
    const earlier = markPattern.exec(mark.toString('latin1'));
    const before = earlier === null ? 0 : Number(earlier[1]);
    const tail = Buffer.alloc(tailLength);
    readSync(fd, tail, 0, tailLength, size - tailLength);
    const keptBytes = head + (earlier === null ? 0 : markLength);
    ftruncateSync(fd, head);
    const text = Buffer.concat([Buffer.from(markOf(before + size - keptBytes - tailLength)), tail]);
    writeSync(fd, text, 0, text.length, head);
    return true;
  } finally {
    closeSync(fd);
  }
};

/** Bytes of a file; 0 if there is none, if it cannot be read, or if it is something else, such as a link. */
const sizeOf = (file: string): number => {
  try {
    const found = lstatSync(file, { throwIfNoEntry: false });
    return found?.isFile() ? found.size : 0;
  } catch {
    return 0;
  }
};
