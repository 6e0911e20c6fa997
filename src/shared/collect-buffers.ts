/** Frees the buffers of a transfer early. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Between two collections; a collection of young objects takes about a millisecond. */
const bytesBetween = 4 * 1024 * 1024;

/**
 * Every piece of a stream is a buffer outside the heap, and V8 collects them only when they have 32 MB, a limit that
 * cannot be configured.
 * @returns a function that is called with the bytes of every piece that was used
 */
export const createBufferCollector = (): ((bytes: number) => void) => {
  let used = 0;
  let collect: unknown;
  return (bytes) => {
    used += bytes;
    if (used < bytesBetween) return;
    used = 0;
    if (collect === undefined) {
      setFlagsFromString('--expose-gc');
      // Contexts that are created after the flag was set have the function.
      collect = runInNewContext('globalThis.gc') ?? false;
    }
    if (typeof collect === 'function') collect({ type: 'minor' });
  };
};
