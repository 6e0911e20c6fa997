/** Keeps the file of a stream below a limit while it is written: head and tail stay, the bytes between are counted. */
import { closeSync, fstatSync, ftruncateSync, lstatSync, openSync, readSync, writeSync } from 'node:fs';
import { logMarkLength, logMarkOf, logMarkOffset, missingBytesOf } from '../../model/log-mark.ts';

/** A megabyte is more than anyone reads, and is copied in a millisecond. */
const maxTailBytes = 1024 ** 2;

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
    const head = logMarkOffset(max);
    const tailLength = Math.min(maxTailBytes, Math.floor(max / 4));
    const mark = Buffer.alloc(logMarkLength);
    readSync(fd, mark, 0, logMarkLength, head);
    const earlier = missingBytesOf(mark.toString('latin1'));
    const tail = Buffer.alloc(tailLength);
    readSync(fd, tail, 0, tailLength, size - tailLength);
    const keptBytes = head + (earlier === undefined ? 0 : logMarkLength);
    ftruncateSync(fd, head);
    const text = Buffer.concat([
      Buffer.from(logMarkOf((earlier ?? 0) + size - keptBytes - tailLength)),
      tail,
    ]);
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
