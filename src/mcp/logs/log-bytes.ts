/** The bytes of a log, read in parts: what the API returned, or a stored object. */

export interface LogBytes {
  /** Of the whole. */
  readonly size: number;
  /**
   * Reads a part, a block at a time.
   * @param first position of the first byte
   * @param end position after the last byte; by default the end
   */
  read(first: number, end?: number): AsyncIterable<Uint8Array>;
}

export const bytesInMemory = (bytes: Buffer): LogBytes => ({
  size: bytes.length,
  read: async function* (first, end = bytes.length) {
    if (first < Math.min(end, bytes.length)) yield bytes.subarray(first, end);
  },
});

/** Reads a part that is small enough to be held in memory. */
export const collected = async (part: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const blocks: Uint8Array[] = [];
  for await (const block of part) blocks.push(block);
  return Buffer.concat(blocks);
};
