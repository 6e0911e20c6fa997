/** Reads local files for an upload: a file that changes meanwhile is an error, not a mixture. */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Source } from '../../client/cos/cos-client.ts';
import { createCrc64 } from '../../cos/crc64.ts';
import { createBufferCollector } from '../../shared/collect-buffers.ts';
import { LocalFileError } from '../../shared/errors.ts';
import { isUnchanged, type LocalRoot, openLocalFile } from './local-root.ts';

export interface LocalSource extends Source {
  readonly sha256: string;
  readonly crc64: string;
  close(): Promise<void>;
}

/** Enough for a fast disk. */
const chunkBytes = 256 * 1024;

const changed = (shown: string): LocalFileError =>
  new LocalFileError(`${shown} changed while it was read. Call again when nothing writes to it.`, 'EBUSY');

/**
 * The bytes of an open file.
 * @param reused is filled again for every piece; by default every piece is a new buffer
 * @throws LocalFileError where it ends early or changes
 */
export async function* bytesOf(
  handle: FileHandle,
  before: BigIntStats,
  shown: string,
  signal: AbortSignal,
  reused?: Buffer,
): AsyncGenerator<Buffer> {
  let offset = 0;
  while (offset < Number(before.size)) {
    signal.throwIfAborted();
    const length = Math.min(chunkBytes, Number(before.size) - offset);
    const { bytesRead, buffer } = await handle.read(reused ?? Buffer.alloc(length), 0, length, offset);
    if (bytesRead === 0) throw changed(shown);
    offset += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
  if (!isUnchanged(before, await handle.stat({ bigint: true }))) throw changed(shown);
}

/** The digests of an open file. */
export const digestsOf = async (
  handle: FileHandle,
  before: BigIntStats,
  shown: string,
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly crc64: string }> => {
  const sha256 = createHash('sha256');
  const crc = createCrc64();
  // No larger than the file: of thousands of small ones, these buffers would be most of the memory.
  const buffer = Buffer.alloc(Math.min(chunkBytes, Number(before.size)));
  const onUsed = createBufferCollector();
  for await (const chunk of bytesOf(handle, before, shown, signal, buffer)) {
    sha256.update(chunk);
    crc.update(chunk);
    onUsed(chunk.length);
  }
  return { sha256: sha256.digest('hex'), crc64: crc.digest() };
};

/** A file as the source of an upload. The caller closes it. @throws LocalFileError */
export const openSource = async (
  handle: FileHandle,
  shown: string,
  signal: AbortSignal,
): Promise<LocalSource> => {
  try {
    const before = await handle.stat({ bigint: true });
    const digests = await digestsOf(handle, before, shown, signal);
    return {
      ...digests,
      size: Number(before.size),
      read: async (offset, into) => {
        for (let at = 0; at < into.length; ) {
          const { bytesRead } = await handle.read(into, at, into.length - at, offset + at);
          if (bytesRead === 0) throw changed(shown);
          at += bytesRead;
        }
      },
      verify: async (crc64) => {
        const isSame = isUnchanged(before, await handle.stat({ bigint: true }));
        if (!isSame || crc64 !== digests.crc64) throw changed(shown);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
};

export const openLocalSource = async (
  root: LocalRoot,
  names: readonly string[],
  signal: AbortSignal,
): Promise<LocalSource> => openSource(await openLocalFile(root, names), names.join('/'), signal);
