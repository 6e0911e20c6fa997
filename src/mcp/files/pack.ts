/** Packs files into a `.tgz` that is the same, byte by byte, for the same content. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack as createPack, type Pack } from 'tar-stream';
import { createBufferCollector } from '../../shared/collect-buffers.ts';
import { randomHex } from '../../shared/random.ts';
import type { FileOptions } from './file-options.ts';
import { type LocalRoot, localErrorOf, openLocalFile } from './local-root.ts';
import { bytesOf } from './read-local.ts';
import type { SelectedFile } from './select-files.ts';

export interface PackedFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export interface Packed {
  /** The archive, open for reading; its file has no name any more. */
  readonly handle: FileHandle;
  readonly files: readonly PackedFile[];
}

/**
 * Packs files into a temporary file of the data directory.
 * @param onBytes called with the bytes read so far
 * @throws LocalFileError where a file cannot be read or changes meanwhile
 */
export const packFiles = async (
  root: LocalRoot,
  base: readonly string[],
  files: readonly SelectedFile[],
  { dataDir, random }: FileOptions,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Packed> => {
  const directory = join(dataDir, 'staging');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${randomHex(random, 8)}.tgz`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600);
  try {
    // Without a name it is gone when the process ends, however it ends.
    await unlink(path);
    const archive = createPack();
    const packed: PackedFile[] = [];
    let bytes = 0;
    const fill = async (): Promise<void> => {
      for (const file of files) {
        packed.push(await addFile(archive, root, base, file, signal));
        bytes += file.size;
        onBytes(bytes);
      }
      archive.finalize();
    };
    await Promise.all([
      pipeline(
        archive,
        createGzip(),
        async function* (source: AsyncIterable<Buffer>) {
          yield* withoutSystem(source);
        },
        async (source: AsyncIterable<Buffer>) => {
          for await (const chunk of source) await handle.writeFile(chunk);
        },
        { signal },
      ),
      fill().catch((error: unknown) => {
        archive.destroy(error instanceof Error ? error : new Error(String(error)));
        throw error;
      }),
    ]);
    return { handle, files: packed };
  } catch (error) {
    await handle.close();
    throw localErrorOf(error, 'The archive in the data directory');
  }
};

/** The tenth byte of gzip names the operating system, which would make equal archives differ. */
async function* withoutSystem(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of source) {
    if (at <= 9 && at + chunk.length > 9) chunk[9 - at] = 255;
    at += chunk.length;
    yield chunk;
  }
}

const addFile = async (
  archive: Pack,
  root: LocalRoot,
  base: readonly string[],
  { path, isExecutable }: SelectedFile,
  signal: AbortSignal,
): Promise<PackedFile> => {
  const handle = await openLocalFile(root, [...base, ...path.split('/')]);
  const onUsed = createBufferCollector();
  try {
    const before = await handle.stat({ bigint: true });
    const size = Number(before.size);
    const hash = createHash('sha256');
    const header = { name: path, size, mode: isExecutable ? 0o755 : 0o644, mtime: new Date(0) };
    const source = async function* () {
      for await (const chunk of bytesOf(handle, before, path, signal)) {
        hash.update(chunk);
        yield chunk;
        onUsed(chunk.length);
      }
    };
    await pipeline(source, archive.entry(header), { signal });
    return { path, size, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
};
