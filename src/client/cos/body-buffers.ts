/** Memory for the bodies of uploads. */

export interface BodyBuffers {
  /** A buffer of so many bytes with arbitrary content. */
  take(bytes: number): Uint8Array;
  /** Its memory may be used again. */
  giveBack(buffer: Uint8Array): void;
}

/** Uses the memory again within one transfer: V8 collects buffers of megabytes only when they have 64 MB or more. */
export const createBodyBuffers = (): BodyBuffers => {
  const free: ArrayBufferLike[] = [];
  return {
    take: (bytes) => {
      const at = free.findIndex((memory) => memory.byteLength >= bytes);
      // One that is too small makes room for a larger one.
      const [memory] = free.splice(Math.max(at, 0), 1);
      return at >= 0 && memory !== undefined
        ? new Uint8Array(memory, 0, bytes)
        : Buffer.allocUnsafeSlow(bytes);
    },
    giveBack: ({ buffer }) => void free.push(buffer),
  };
};
