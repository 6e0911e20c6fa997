/** Searches a log line by line in bounded memory. */
import { isAscii } from 'node:buffer';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { type LineBlock, lineBlocksOf, newline } from './line-blocks.ts';
import type { LogBytes } from './log-bytes.ts';
import { cleanLine, isPlain } from './log-line.ts';
import type { Pattern } from './pattern.ts';
import { keyColumnAt } from './private-keys.ts';
import type { RequiredText } from './required-text.ts';

/** Where a line begins. */
export interface LogPosition {
  readonly byte: number;
  /** Number of the line, from 1. */
  readonly line: number;
}

export interface FoundLine {
  readonly number: number;
  readonly text: string;
  /** Whether it matches, or is beside one that does. */
  readonly isMatch: boolean;
}

export interface LineSearch {
  readonly pattern: Pattern;
  readonly required: RequiredText | undefined;
  /** Lines shown around a match. */
  readonly context: number;
  /** Matching lines shown; the others are counted. */
  readonly maxMatches: number;
  readonly from: LogPosition;
  /** Whether so many more bytes may be read. */
  mayRead(bytes: number): boolean;
}

export interface FoundLines {
  /** How many lines match. */
  readonly count: number;
  readonly lines: readonly FoundLine[];
  /** The first match that is not among `lines`. */
  readonly more?: LogPosition;
  /** Where reading ended, if before the end of the log. */
  readonly stoppedAt?: LogPosition;
}

interface Hit {
  /** Positions in the block. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** Searches a log from a position to its end. @throws what reading throws */
export const searchLines = async (log: LogBytes, search: LineSearch): Promise<FoundLines> => {
  const collector = createCollector(search);
  let line = search.from.line;
  let stoppedAt: LogPosition | undefined;
  const { byte } = search.from;
  for await (const block of lineBlocksOf(log.read(byte), byte, await keyColumnAt(log, byte))) {
    if (!search.mayRead(block.bytes.length)) {
      stoppedAt = { byte: block.first, line };
      break;
    }
    const { hits, lines } = hitsIn(block.bytes, line, search);
    collector.add(block, line, hits);
    line += lines;
    // A slow pattern must not delay the cancellation of the request.
    await yieldToEvents();
  }
  return { ...collector.result(), ...(stoppedAt && { stoppedAt }) };
};

/** The matching lines of a block, and how many lines it has. */
const hitsIn = (
  bytes: Buffer,
  firstLine: number,
  { pattern, required }: LineSearch,
): { readonly hits: readonly Hit[]; readonly lines: number } => {
  const plain = isAscii(bytes) ? bytes.toString('latin1') : undefined;
  return plain !== undefined && required !== undefined && isPlainBlock(plain)
    ? hitsByText(plain, firstLine, pattern, required)
    : hitsByLine(bytes, firstLine, pattern);
};

const isPlainBlock = (text: string): boolean => !/[^\t\n\x20-\x7e]/.test(text);

/** Tries the pattern only on lines that contain the required text. */
const hitsByText = (
  text: string,
  firstLine: number,
  pattern: Pattern,
  { text: wanted, ignoresCase }: RequiredText,
): { readonly hits: readonly Hit[]; readonly lines: number } => {
  const searched = ignoresCase ? text.toLowerCase() : text;
  const hits: Hit[] = [];
  let line = firstLine;
  let counted = 0;
  const countTo = (position: number): void => {
    for (let at = text.indexOf('\n', counted); at >= 0 && at < position; at = text.indexOf('\n', at + 1))
      line += 1;
    counted = position;
  };
  for (let at = searched.indexOf(wanted); at >= 0; ) {
    const start = text.lastIndexOf('\n', at) + 1;
    const lineEnd = text.indexOf('\n', at);
    const end = lineEnd < 0 ? text.length : lineEnd;
    countTo(start);
    // A pattern must not find out what is masked, so it is tried on what would be shown.
    if (pattern.test(cleanLine(text.slice(start, end)))) hits.push({ start, end, line });
    at = searched.indexOf(wanted, end);
  }
  countTo(text.length);
  return { hits, lines: line - firstLine };
};

const hitsByLine = (
  bytes: Buffer,
  firstLine: number,
  pattern: Pattern,
): { readonly hits: readonly Hit[]; readonly lines: number } => {
  const hits: Hit[] = [];
  let line = firstLine;
  for (let start = 0; start < bytes.length; line += 1) {
    const breakAt = bytes.indexOf(newline, start);
    const end = breakAt < 0 ? bytes.length : breakAt;
    if (end > start && isHit(bytes.toString('utf8', start, end), pattern)) hits.push({ start, end, line });
    start = end + 1;
  }
  return { hits, lines: line - firstLine };
};

/** Cleaning is ten times as slow as most patterns, so a plain line that does not match is not cleaned. */
const isHit = (line: string, pattern: Pattern): boolean => {
  if (isPlain(line) && !pattern.test(line)) return false;
  const cleaned = cleanLine(line);
  return cleaned !== '' && pattern.test(cleaned);
};

/** Collects the lines to show, with those around them, over the borders of blocks. */
const createCollector = ({ context, maxMatches }: LineSearch) => {
  const shown: { readonly number: number; readonly text: string; isMatch: boolean }[] = [];
  let count = 0;
  let more: LogPosition | undefined;
  let linesBefore: readonly string[] = [];
  /** The last line that is shown after a match. */
  let showUntil = 0;

  const markMatch = (number: number): void => {
    const line = shown.findLast((each) => each.number === number);
    if (line !== undefined) line.isMatch = true;
  };

  const show = (number: number, text: string, isMatch: boolean): void => {
    if (number > (shown.at(-1)?.number ?? 0)) shown.push({ number, text: cleanLine(text), isMatch });
    else if (isMatch) markMatch(number);
  };

  const showFollowing = ({ bytes }: LineBlock, from: number, firstNumber: number): void => {
    let start = from;
    for (let number = firstNumber; number <= showUntil && start < bytes.length; number += 1) {
      const breakAt = bytes.indexOf(newline, start);
      const end = breakAt < 0 ? bytes.length : breakAt;
      show(number, bytes.toString('utf8', start, end), false);
      start = end + 1;
    }
  };

  const showHit = (block: LineBlock, firstLine: number, { start, end, line }: Hit): void => {
    const before = lastLines(block.bytes.subarray(0, start), context);
    const missing = context - before.length;
    const earlier = missing > 0 && line - before.length === firstLine ? linesBefore.slice(-missing) : [];
    const preceding = [...earlier, ...before];
    for (const [at, text] of preceding.entries()) show(line - preceding.length + at, text, false);
    show(line, block.bytes.toString('utf8', start, end), true);
    showUntil = line + context;
    showFollowing(block, end + 1, line + 1);
  };

  return {
    add: (block: LineBlock, firstLine: number, hits: readonly Hit[]): void => {
      showFollowing(block, 0, firstLine);
      for (const hit of hits) {
        count += 1;
        if (count <= maxMatches) showHit(block, firstLine, hit);
        else {
          more ??= { byte: block.first + hit.start, line: hit.line };
          markMatch(hit.line);
        }
      }
      if (context > 0) linesBefore = [...linesBefore, ...lastLines(block.bytes, context)].slice(-context);
    },
    result: (): FoundLines => ({ count, lines: shown, ...(more && { more }) }),
  };
};

/** The last lines of a block, at most so many. */
const lastLines = (bytes: Buffer, count: number): readonly string[] => {
  const lines: string[] = [];
  let end = bytes.at(-1) === newline ? bytes.length - 1 : bytes.length;
  while (lines.length < count && end >= 0 && bytes.length > 0) {
    // A negative position would count from the end.
    const start = end === 0 ? 0 : bytes.lastIndexOf(newline, end - 1) + 1;
    lines.unshift(bytes.toString('utf8', start, end));
    end = start - 1;
  }
  return lines;
};
