/** The tree of plain files that stands for buckets and shares, and the only way anything is copied into it. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { storagePlaceOf } from '../model/storage-path.ts';

/** The path on this machine of a remote path. @returns undefined when it is none */
export const storagePathOf = (storageDir: string, url: string): string | undefined => {
  const place = storagePlaceOf(url);
  return place && join(storageDir, ...place);
};

/**
 * Opens a directory below another, making what is missing. Every step goes through the open directory before it and
 * refuses links: a job may write to a share, and a link it left there must not lead a copy out of the tree.
 */
export const openPlace = async (root: string, names: readonly string[]): Promise<FileHandle> => {
  await mkdir(root, { recursive: true, mode: 0o700 });
  let at = await openDirectory(root);
  for (const name of names) {
    const next = await makeBelow(at, name);
    await at.close();
    at = next;
  }
  return at;
};

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const openDirectory = (path: string): Promise<FileHandle> => open(path, directoryFlags);

/** The path of a name in an open directory, which stays right even if the directory is moved or replaced. */
const below = (directory: FileHandle, name: string): string =>
  process.platform === 'linux'
    ? `/proc/self/fd/${directory.fd}/${name}`
    : join(pathOfDirectory(directory), name);

// Where there is no /proc there is no sandbox either, hence no share that a shut-in job could have prepared.
const paths = new WeakMap<FileHandle, string>();
const pathOfDirectory = (directory: FileHandle): string => paths.get(directory) ?? '';

const makeBelow = async (directory: FileHandle, name: string): Promise<FileHandle> => {
  const path = below(directory, name);
  await mkdir(path, { mode: 0o700 }).catch((error) => {
    if (!isExisting(error)) throw error;
  });
  const opened = await openDirectory(path);
  paths.set(opened, join(pathOfDirectory(directory), name));
  return opened;
};

const isExisting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

/** Copies one plain file into an open directory; what was there under that name is replaced, unless it is a link. */
export const copyFileInto = async (from: string, directory: FileHandle, name: string): Promise<void> => {
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    const target = await open(below(directory, name), flags, 0o600);
    await pipeline(source.createReadStream({ autoClose: false }), target.createWriteStream());
  } finally {
    await source.close();
  }
};

/**
 * Copies the plain files and directories of a tree into an open directory. Links, sockets and devices are left out:
 * a bucket has none.
 * @returns how many files were copied
 */
export const copyTreeInto = async (from: string, directory: FileHandle): Promise<number> => {
  let copied = 0;
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const path = join(from, entry.name);
    if (entry.isFile()) {
      await copyFileInto(path, directory, entry.name);
      copied += 1;
    } else if (entry.isDirectory()) {
      const inner = await makeBelow(directory, entry.name);
      try {
        copied += await copyTreeInto(path, inner);
      } finally {
        await inner.close();
      }
    }
  }
  return copied;
};

/** What lies at a place of the tree; undefined when nothing does. */
export const statOfPlace = async (path: string): Promise<Stats | undefined> => {
  try {
    return await lstat(path);
  } catch {
    return undefined;
  }
};
