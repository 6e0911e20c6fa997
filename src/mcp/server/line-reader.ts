/** Splits a stream of bytes into lines of limited length. */

export interface LineReader {
  /** Takes the next bytes. */
  push(chunk: Buffer): void;
  /** Takes the end of the stream: what follows the last newline is a line, too. */
  end(): void;
}

export interface LineReaderOptions {
  /** Bytes. A longer line is not stored. */
  readonly maxLength: number;
  readonly onLine: (line: string) => void;
  /** Called once for a line that is too long, with its first and last bytes as text. */
  readonly onTooLong: (head: string, tail: string) => void;
}

const newline = 0x0a;
// Enough to find the id of a request at either end of it.
const sampleLength = 2_000;

export const createLineReader = ({ maxLength, onLine, onTooLong }: LineReaderOptions): LineReader => {
  let parts: Buffer[] = [];
  let length = 0;
  let head = '';
  let tail: Buffer = Buffer.alloc(0);

  const append = (part: Buffer): void => {
    length += part.length;
    if (length <= maxLength) {
      parts.push(part);
      return;
    }
    if (parts.length > 0) {
      head = Buffer.concat(parts).subarray(0, sampleLength).toString('utf8');
      parts = [];
    } else if (head === '') head = part.subarray(0, sampleLength).toString('utf8');
    tail = Buffer.concat([tail, part.subarray(-sampleLength)]).subarray(-sampleLength);
  };

  const finish = (): void => {
    const isTooLong = length > maxLength;
    const line = isTooLong ? '' : Buffer.concat(parts).toString('utf8');
    const sample = { head, tail: tail.toString('utf8') };
    parts = [];
    length = 0;
    head = '';
    tail = Buffer.alloc(0);
    if (isTooLong) onTooLong(sample.head, sample.tail);
    // A byte order mark, as some shells on Windows write it, and the carriage return of their newlines.
    else onLine(line.replace(/^\ufeff/, '').replace(/\r$/, ''));
  };

  return {
    push: (chunk) => {
      let start = 0;
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
        append(chunk.subarray(start, at));
        finish();
        start = at + 1;
      }
      if (start < chunk.length) append(chunk.subarray(start));
    },
    end: () => {
      if (length > 0) finish();
    },
  };
};
