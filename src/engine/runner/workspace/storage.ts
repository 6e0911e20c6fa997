/** The tree of plain files that stands for buckets and shares, and the only way anything is copied into it. */
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { storagePathOf } from '../../model/storage-path.ts';

/** The path on this machine of a remote path. @returns undefined when it is none */
export const localPathOf = (storageDir: string, url: string): string | undefined => {
  const place = storagePathOf(url);
  return place && join(storageDir, ...place);
};

/** A directory that is open: what is done in it is done there, even if its path leads elsewhere by now. */
export interface OpenDirectory {
  /** A path of its inside. */
  below(name: string): string;
  close(): Promise<void>;
}

/**
 * Opens a directory below another, making what is missing. Every step goes through the open directory before it and
 * refuses links: a job may write to a share, and a link it left there must not lead a copy out of the tree.
 */
export const openBeneath = async (root: string, names: readonly string[]): Promise<OpenDirectory> => {
  await mkdir(root, { recursive: true, mode: 0o700 });
  // The root is the engine's or the person's own, and may be a link.
  let at = await openDirectory(root, root, constants.O_RDONLY | constants.O_DIRECTORY);
  for (const name of names) {
    const outer = at;
    at = await makeBelow(outer, name).finally(() => outer.close());
  }
  return at;
};

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** @param shown the path to use where the system has no /proc; there is no sandbox there, hence no hostile share */
const openDirectory = async (
  path: string,
  shown: string,
  flags: number = directoryFlags,
): Promise<OpenDirectory> => {
  const handle = await open(path, flags);
  const inside = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : shown;
  return { below: (name) => join(inside, name), close: () => handle.close() };
};

const makeBelow = async (directory: OpenDirectory, name: string): Promise<OpenDirectory> => {
  const path = directory.below(name);
  await mkdir(path, { mode: 0o700 }).catch((error) => {
    if (!isExisting(error)) throw error;
  });
  return openDirectory(path, path);
};

const isExisting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

/** Copies one plain file into an open directory; what was there under that name is replaced, unless it is a link. */
export const copyFileInto = async (from: string, directory: OpenDirectory, name: string): Promise<void> => {
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    // Without O_NONBLOCK a pipe that a job left there under that name would be waited for, for ever.
    const flags =
      constants.O_WRONLY |
      constants.O_CREAT |
      constants.O_TRUNC |
      constants.O_NOFOLLOW |
      constants.O_NONBLOCK;
    const target = await open(directory.below(name), flags, 0o600);
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
export const copyTreeInto = async (from: string, directory: OpenDirectory): Promise<number> => {
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
export const statBeneath = async (path: string): Promise<Stats | undefined> => {
  try {
    return await lstat(path);
  } catch {
    return undefined;
  }
};
