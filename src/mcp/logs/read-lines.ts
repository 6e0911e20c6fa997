/** Reads a part of a log as lines: its end, its beginning, a range of lines or of bytes. */
import { lineBlocksOf, newline } from './line-blocks.ts';
import type { LogBytes } from './log-bytes.ts';
import { cleanLine } from './log-line.ts';
import { readWithoutKeys } from './private-keys.ts';

/** Which part of a log. Lines are counted from 1, bytes from 0; both ends are included. */
export type LogPart =
  | { readonly kind: 'tail' | 'head'; readonly lines: number }
  | { readonly kind: 'lines' | 'bytes'; readonly first: number; readonly last: number };

export interface LinesRead {
  readonly lines: readonly string[];
  /** Number of the first line; absent where the bytes before it were not read. */
  readonly firstLine?: number;
  /** Positions of the first byte and after the last byte. */
  readonly first: number;
  readonly end: number;
  /** Set where reading ended before the part was complete: at this byte, having read so many lines. */
  readonly stoppedAt?: { readonly byte: number; readonly lines: number };
}

export interface ReadLimits {
  /** Bytes of the returned lines. */
  readonly maxBytes: number;
  /** Whether so many more bytes may be read to find a line by its number. */
  mayRead(bytes: number): boolean;
}

/** The first block of a tail; doubled until it holds the lines. Most tails are a hundred lines of a hundred bytes. */
const tailBytes = 16 * 1024;

/** Reads a part of a log. @throws what reading throws */
export const readLines = async (log: LogBytes, part: LogPart, limits: ReadLimits): Promise<LinesRead> => {
  switch (part.kind) {
    case 'tail':
      return readTail(log, part.lines, limits);
    case 'head':
      return readNumbered(log, 1, part.lines, limits);
    case 'lines':
      return readNumbered(log, part.first, part.last, limits);
    case 'bytes':
      return readBytes(log, part.first, part.last, limits);
    default:
      return part satisfies never;
  }
};

const readTail = async (log: LogBytes, count: number, { maxBytes }: ReadLimits): Promise<LinesRead> => {
  for (let wanted = tailBytes; ; wanted *= 2) {
    const length = Math.min(wanted, maxBytes, log.size);
    const first = log.size - length;
    const bytes = await readWithoutKeys(log, first, log.size);
    // The first line is cut unless the log begins with it.
    const lines = linesOf(bytes);
    const isEnough = lines.length > count || first === 0;
    if (!isEnough && length < maxBytes) continue;
    const whole = first > 0 && lines.length > 1 ? lines.slice(1) : lines;
    const shown = whole.slice(-count);
    const firstByte = log.size - bytesFrom(bytes, shown.length);
    return {
      lines: shown.map((line) => cleanLine(line.toString('utf8'))),
      ...(first === 0 && { firstLine: whole.length - shown.length + 1 }),
      first: firstByte,
      end: log.size,
    };
  }
};

/** The lines of some bytes, without their line breaks. */
const linesOf = (bytes: Buffer): readonly Buffer[] => {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const breakAt = bytes.indexOf(newline, start);
    const end = breakAt < 0 ? bytes.length : breakAt;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
};

/** How many bytes the last lines have. */
const bytesFrom = (bytes: Buffer, lines: number): number => {
  let end = bytes.at(-1) === newline ? bytes.length - 1 : bytes.length;
  for (let count = 0; count < lines; count += 1) {
    if (end <= 0) return bytes.length;
    const breakAt = bytes.lastIndexOf(newline, end - 1);
    if (count === lines - 1 || breakAt < 0) return bytes.length - (breakAt + 1);
    end = breakAt;
  }
  return 0;
};

const readNumbered = async (
  log: LogBytes,
  from: number,
  to: number,
  { maxBytes, mayRead }: ReadLimits,
): Promise<LinesRead> => {
  const lines: string[] = [];
  let line = 1;
  let room = maxBytes;
  let first: number | undefined;
  let end = 0;
  for await (const block of lineBlocksOf(log.read(0), 0)) {
    if (!mayRead(block.bytes.length))
      return {
        lines,
        firstLine: from,
        first: first ?? block.first,
        end,
        stoppedAt: stopOf(block.first, line),
      };
    for (let start = 0; start < block.bytes.length && line <= to; line += 1) {
      const breakAt = block.bytes.indexOf(newline, start);
      const lineEnd = breakAt < 0 ? block.bytes.length : breakAt;
      if (line >= from) {
        if (room < lineEnd - start && lines.length > 0)
          return {
            lines,
            firstLine: from,
            first: first ?? 0,
            end,
            stoppedAt: stopOf(block.first + start, line),
          };
        lines.push(cleanLine(block.bytes.toString('utf8', start, Math.min(lineEnd, start + room))));
        room -= lineEnd - start;
        first ??= block.first + start;
        // The last line of a block may be longer in the log than in the block.
        end = lineEnd + 1 >= block.bytes.length ? block.end : block.first + lineEnd + 1;
      }
      start = lineEnd + 1;
    }
    if (line > to) break;
  }
  return { lines, firstLine: from, first: first ?? log.size, end: first === undefined ? log.size : end };
};

const stopOf = (byte: number, line: number) => ({ byte, lines: line - 1 });

const readBytes = async (
  log: LogBytes,
  first: number,
  last: number,
  { maxBytes }: ReadLimits,
): Promise<LinesRead> => {
  const wanted = Math.min(last + 1, log.size);
  const end = Math.min(wanted, first + maxBytes);
  const bytes = await readWithoutKeys(log, first, end);
  return {
    lines: linesOf(bytes).map((line) => cleanLine(line.toString('utf8'))),
    ...(first === 0 && { firstLine: 1 }),
    first,
    end: Math.max(first, end),
    ...(end < wanted && { stoppedAt: { byte: end, lines: 0 } }),
  };
};
