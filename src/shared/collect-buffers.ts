/** Frees the buffers of a transfer early. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Between two collections; a collection of young objects takes less than a millisecond. */
const bytesBetween = 1024 * 1024;
/** A transfer above this size takes so long that a full collection, tens of milliseconds, adds little. */
const longBytes = 32 * 1024 * 1024;
/**
 * Between two collections of everything. What is in use during a collection of young objects becomes old: some 8 KB with
 * every request, so 0.5 to 1 MB in an upload of this size.
 */
const bytesBetweenMajor = 256 * 1024 * 1024;

/**
 * Every piece of a stream is a buffer outside the heap, and V8 collects them only when they have 32 MB, a limit that
 * cannot be configured.
 * @returns a function that is called with the bytes of every piece that was used
 */
export const createBufferCollector = (): ((bytes: number) => void) => {
  let total = 0;
  let collected = 0;
  let nextMajor = longBytes;
  let collect: unknown;
  return (bytes) => {
    total += bytes;
    if (total - collected < bytesBetween) return;
    collected = total;
    if (collect === undefined) {
      setFlagsFromString('--expose-gc');
      // Contexts that are created after the flag was set have the function.
      collect = runInNewContext('globalThis.gc') ?? false;
    }
    if (typeof collect !== 'function') return;
    if (total < nextMajor) {
      collect({ type: 'minor' });
      return;
    }
    // In Node 20 every call with an argument collects young objects only.
    collect();
    // What earlier calls have used is returned to the system.
    if (nextMajor === longBytes) collect({ type: 'major', flavor: 'last-resort' });
    nextMajor = total + bytesBetweenMajor;
  };
};
