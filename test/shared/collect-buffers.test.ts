/** Memory of long transfers: what was in use during a collection of young objects is freed later, too. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createBufferCollector } from '../../src/shared/collect-buffers.ts';

const megabyte = 1024 * 1024;

/** An object that has survived collections of young objects, so that only a full collection frees it. */
const agedReference = async (onUsed: (bytes: number) => void): Promise<WeakRef<object>> => {
  const object = { is: 'used by a request' };
  for (let collections = 0; collections < 3; collections += 1) {
    onUsed(megabyte);
    await setImmediate();
  }
  return new WeakRef(object);
};

test('A long transfer frees also what was in use while young objects were collected', async () => {
  const onUsed = createBufferCollector();
  // The first full collection comes after four megabytes.
  onUsed(4 * megabyte);
  const reference = await agedReference(onUsed);
  await setImmediate();
  onUsed(256 * megabyte);
  await setImmediate();
  expect(reference.deref()).toBeUndefined();
});
