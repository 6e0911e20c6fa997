/** Whether a local file and an object have the same content. */
import type { FileHandle } from 'node:fs/promises';
import type { CosObject } from '../../client/cos/cos-object.ts';
import type { Storage } from '../../client/cos/storage.ts';
import { createCrc64 } from '../../cos/crc64.ts';
import { digestsOf } from './read-local.ts';

/**
 * Compares by CRC-64: that of the service, or where it states none (the local engine), of the content that is read.
 * @param open opens the local file, whose size is that of the object
 */
export const isSameContent = async (
  storage: Storage,
  object: CosObject,
  open: () => Promise<FileHandle>,
  signal: AbortSignal,
): Promise<boolean> => {
  const { crc64 = await crcOf(storage, object, signal) } = await storage.head(object, { signal });
  const handle = await open();
  try {
    const before = await handle.stat({ bigint: true });
    return (await digestsOf(handle, before, object.key, signal)).crc64 === crc64;
  } finally {
    await handle.close();
  }
};

export const crcOf = async (storage: Storage, object: CosObject, signal: AbortSignal): Promise<string> => {
  const crc = createCrc64();
  const { body } = await storage.get(object, { signal });
  for await (const chunk of body) crc.update(chunk);
  return crc.digest();
};
