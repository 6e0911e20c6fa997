/** A stored log: an object that is read in ranges, with its ends in memory. */
import { collected, type LogBytes } from './log-bytes.ts';

/** One range of an object. */
export interface ObjectPart {
  readonly body: AsyncIterable<Uint8Array>;
  /** Bytes of the whole object. */
  readonly size: number;
  readonly etag: string;
}

/**
 * Requests a range of one object.
 * @param last position of the last byte; by default the end of the object
 * @param ifMatch the object must still be the one with this ETag
 */
export type ReadRange = (first: number, last?: number, ifMatch?: string) => Promise<ObjectPart>;

/** Both ends are read when a log is opened: a log of up to this size costs one request, whatever is read of it. */
const endBytes = 256 * 1024;

export interface StoredLog extends LogBytes {
  readonly head: Buffer;
  /** The same as `head` where that is everything. */
  readonly tail: Buffer;
}

/** Opens a stored log, with one request or, for a longer one, two. @throws ApiError, TransportError */
export const openStoredLog = async (readRange: ReadRange): Promise<StoredLog> => {
  const { size, etag, body } = await readRange(0, endBytes - 1);
  const head = await collected(body);
  const tailStart = Math.max(head.length, size - endBytes);
  const isWhole = tailStart >= size;
  const tail = isWhole ? head : await collected((await readRange(tailStart, size - 1, etag)).body);
  return {
    size,
    head,
    tail,
    read: async function* (first, end = size) {
      const last = Math.min(end, size);
      if (first < Math.min(head.length, last)) yield head.subarray(first, last);
      const [from, to] = [Math.max(first, head.length), Math.min(last, tailStart)];
      if (from < to) yield* (await readRange(from, to - 1, etag)).body;
      if (!isWhole && last > tailStart) yield tail.subarray(Math.max(0, first - tailStart), last - tailStart);
    },
  };
};
