/** Downloads one object to a local file: resumable, verified, and under its final name only when it is complete. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import type { CosObject } from '../../client/cos/cos-object.ts';
import type { Storage } from '../../client/cos/storage.ts';
import { createCrc64 } from '../../cos/crc64.ts';
import { codeOf, type OpenDirectory } from '../../shared/beneath.ts';
import { LocalFileError, TransportError } from '../../shared/errors.ts';
import type { Random } from '../../shared/random.ts';
import type { OwnerProcess } from './file-options.ts';
import { entryIn, type LocalRoot, localErrorOf, openLocal } from './local-root.ts';
import { openPartFile } from './part-file.ts';

export interface FetchTarget {
  readonly object: CosObject;
  readonly names: readonly string[];
  /** Whether a file of that name is replaced; the user has confirmed it. */
  readonly mayOverwrite: boolean;
}

export interface FetchSettings {
  readonly storage: Storage;
  readonly root: LocalRoot;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly owner: OwnerProcess;
  readonly signal: AbortSignal;
  /** Called with the bytes of each piece that was written, or was there from an earlier call. */
  readonly onBytes: (bytes: number) => void;
}

export interface FetchedFile {
  readonly size: number;
  readonly sha256: string;
  /** `crc64`: equal to the checksum of the service. `size`: the service states no checksum. */
  readonly verified: 'crc64' | 'size';
}

/** @throws LocalFileError, ApiError, TransportError; nothing lies under the final name then */
export const fetchFile = async (target: FetchTarget, settings: FetchSettings): Promise<FetchedFile> => {
  const { names } = target;
  const shown = names.join('/');
  const directory = await openLocal(settings.root, names.slice(0, -1), { create: true });
  try {
    return await fetchInto(directory, target, settings);
  } catch (error) {
    throw localErrorOf(error, shown);
  } finally {
    await directory.close();
  }
};

const fetchInto = async (
  directory: OpenDirectory,
  { object, names, mayOverwrite }: FetchTarget,
  settings: FetchSettings,
): Promise<FetchedFile> => {
  const { storage, signal } = settings;
  const name = names.at(-1) ?? '';
  if (!mayOverwrite && (await entryIn(directory, name)) !== undefined)
    throw new LocalFileError(`${names.join('/')} exists already.`, 'EEXIST');
  const facts = await storage.head(object, { signal });
  // Of this version of this object, so that a later call continues only that.
  const part = await openPartFile(directory, { name, object, facts, ...settings });
  try {
    const fetched = await fillFile(part.handle, { object, facts, names }, settings);
    await part.handle.sync();
    await nameFile(directory, part.name, name, mayOverwrite);
    return fetched;
  } catch (error) {
    const isResumable = error instanceof TransportError || signal.aborted || codeOf(error) === 'ENOSPC';
    await (isResumable
      ? rename(directory.at(part.name), directory.at(part.resumableName))
      : unlink(directory.at(part.name))
    ).catch(() => undefined);
    throw error;
  } finally {
    await part.handle.close();
  }
};

interface Filling {
  readonly object: CosObject;
  readonly facts: { readonly size: number; readonly etag: string; readonly crc64?: string | undefined };
  readonly names: readonly string[];
}

const chunkBytes = 1024 * 1024;

const fillFile = async (
  file: FileHandle,
  { object, facts, names }: Filling,
  { storage, signal, onBytes }: FetchSettings,
): Promise<FetchedFile> => {
  const sha256 = createHash('sha256');
  const crc = createCrc64();
  let at = 0;
  const add = (chunk: Uint8Array): void => {
    sha256.update(chunk);
    crc.update(chunk);
    at += chunk.length;
    onBytes(chunk.length);
  };
  const { size } = await file.stat();
  // Never shorter than the object: if another process still writes to the file, that would leave a gap.
  if (size > facts.size) await file.truncate(facts.size);
  const present = Math.min(size, facts.size);
  const piece = Buffer.alloc(Math.min(chunkBytes, present));
  while (at < present) {
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, present - at), at);
    if (bytesRead === 0) break;
    add(piece.subarray(0, bytesRead));
  }
  if (at < facts.size) {
    const { body } = await storage.get(object, { first: at, ifMatch: facts.etag, signal });
    for await (const chunk of body) {
      for (let written = 0; written < chunk.length; ) {
        const { bytesWritten } = await file.write(chunk, written, chunk.length - written, at + written);
        written += bytesWritten;
      }
      add(chunk);
    }
  }
  if (at !== facts.size || (facts.crc64 !== undefined && facts.crc64 !== crc.digest()))
    throw new LocalFileError(
      `What arrived of ${names.join('/')} is not the object (size or CRC-64 differ); it was discarded. Call again.`,
      'EIO',
    );
  const verified = facts.crc64 === undefined ? 'size' : 'crc64';
  return { size: at, sha256: sha256.digest('hex'), verified };
};

/** Gives a complete file its name: a link is created or fails, a rename replaces. Neither follows a link of that name. */
const nameFile = async (
  directory: OpenDirectory,
  work: string,
  name: string,
  mayOverwrite: boolean,
): Promise<void> => {
  const [from, to] = [directory.at(work), directory.at(name)];
  if (mayOverwrite) return rename(from, to);
  try {
    await link(from, to);
  } catch (error) {
    // Some file systems have no links: the name is reserved by an empty file, which is replaced at once.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(error))) throw error;
    const reserved = await open(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
    await reserved.close();
    return rename(from, to);
  }
  await unlink(from);
};
