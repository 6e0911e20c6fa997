/** Bytes → blocks of whole lines, with their positions. Memory is bounded, also for a log without line breaks. */
import { hidePrivateKeys } from './private-keys.ts';

export const newline = 10;

/** A longer line is no text that anyone reads; of it, the beginning is used. */
const maxLineBytes = 64 * 1024;

export interface LineBlock {
  /** Whole lines, each with its line break; the last line of a log may have none. */
  readonly bytes: Buffer;
  /** Position of the first byte in the log. */
  readonly first: number;
  /** Position after the last byte in the log; further than `bytes` is long where a line was shortened. */
  readonly end: number;
}

/**
 * Cuts a log into blocks of whole lines.
 * @param blocks bytes of the log in order
 * @param first position of the first byte
 * @param column the column of the private key that the first byte is inside
 */
export async function* lineBlocksOf(
  blocks: AsyncIterable<Uint8Array>,
  first: number,
  column?: number,
): AsyncGenerator<LineBlock> {
  let keyColumn = column;
  for await (const block of wholeLinesOf(blocks, first)) {
    const hidden = hidePrivateKeys(block.bytes, keyColumn);
    keyColumn = hidden.column;
    yield { ...block, bytes: hidden.bytes };
  }
}

async function* wholeLinesOf(blocks: AsyncIterable<Uint8Array>, first: number): AsyncGenerator<LineBlock> {
  // The beginning of a line whose end has not arrived, and the length of the line so far.
  let line = Buffer.alloc(0);
  let lineLength = 0;
  let at = first;
  for await (const block of blocks) {
    const bytes = Buffer.from(block.buffer, block.byteOffset, block.length);
    const whole = bytes.lastIndexOf(newline) + 1;
    let start = 0;
    if (whole > 0 && lineLength > 0) {
      start = bytes.indexOf(newline) + 1;
      // A line that was shortened has its line break all the same, so that lines stay countable.
      const end = bytes.subarray(start - 1, start);
      const text = Buffer.concat([line, bytes.subarray(0, start - 1)]).subarray(0, maxLineBytes);
      yield { bytes: Buffer.concat([text, end]), first: at - lineLength, end: at + start };
      line = Buffer.alloc(0);
      lineLength = 0;
    }
    // Not copied: copies of a log of gigabytes would be memory that is freed late.
    if (whole > start) yield { bytes: bytes.subarray(start, whole), first: at + start, end: at + whole };
    const rest = bytes.subarray(whole);
    if (line.length < maxLineBytes) line = Buffer.concat([line, rest]).subarray(0, maxLineBytes);
    lineLength += rest.length;
    at += bytes.length;
  }
  if (lineLength > 0) yield { bytes: line, first: at - lineLength, end: at };
}
