/** A log for tests whose bytes arrive in blocks of given sizes. */
import type { LogBytes } from '../../../src/mcp/logs/log-bytes.ts';

/** @param sizes of the blocks, repeated until the end */
export const logInBlocks = (text: string | Buffer, sizes: readonly number[] = [7]): LogBytes => {
  const bytes = Buffer.from(text);
  return {
    size: bytes.length,
    read: async function* (first, end = bytes.length) {
      for (let at = first, block = 0; at < end; block += 1) {
        const next = Math.min(end, at + Math.max(1, sizes[block % sizes.length] ?? 1));
        yield bytes.subarray(at, next);
        at = next;
      }
    },
  };
};
