/** Reads the body of a request, within its own limit and within what all requests together may hold. */
import type { IncomingMessage } from 'node:http';

/** A number of bytes that requests share. */
export interface ByteBudget {
  /** @returns false when there is not enough left */
  take(bytes: number): boolean;
  release(bytes: number): void;
}

export const createByteBudget = (total: number): ByteBudget => {
  let left = total;
  return {
    take: (bytes) => {
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
    release: (bytes) => {
      left += bytes;
    },
  };
};

/** Not charged to the budget: about one read of a socket, so that large bodies never keep small requests out. */
const freeBytes = 16 * 1024;

/**
 * Reads a body.
 * @returns its bytes; `too-large` or `no-room` as soon as it exceeds the limit or the budget, after which the rest is
 *   discarded
 * @throws Error when the client disconnects
 */
export const readBody = (
  incoming: IncomingMessage,
  limit: number,
  budget: ByteBudget,
): Promise<Buffer | 'too-large' | 'no-room'> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let taken = 0;
    let isOver = false;
    const end = (act: () => void): void => {
      if (isOver) return;
      isOver = true;
      budget.release(taken);
      act();
      chunks.length = 0;
    };
    incoming.on('data', (chunk: Buffer) => {
      if (isOver) return;
      length += chunk.length;
      if (length > limit) return end(() => resolve('too-large'));
      const needed = Math.max(0, length - freeBytes) - taken;
      if (!budget.take(needed)) return end(() => resolve('no-room'));
      taken += needed;
      chunks.push(chunk);
    });
    incoming.once('end', () => end(() => resolve(Buffer.concat(chunks))));
    incoming.once('close', () => end(() => reject(new Error('The client disconnected.'))));
  });
