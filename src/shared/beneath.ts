/** Access to files below a directory that never follows a link, so that what a job wrote there cannot lead out of it. */
import { constants, type Stats } from 'node:fs';
import { chmod, chown, type FileHandle, lstat, mkdir, open, readdir } from 'node:fs/promises';

/** A file name as the file system has it; it need not be UTF-8. */
export type FileName = string | Buffer;

/** An open directory: a path below it reaches this directory even if its own path leads elsewhere by now. */
export interface OpenDirectory {
  /** A path to a file in it, for one system call. */
  at(name: FileName): Buffer;
  /** Owner of what is created in it. */
  readonly owner: { readonly uid: number; readonly gid: number };
  close(): Promise<void>;
}

export interface BeneathOptions {
  /** Create missing directories. Where the caller is root, they get the owner of the directory they are created in. */
  readonly create?: boolean;
  /**
   * Owner of the directories on the way; set by a root engine for a directory that jobs write to. Directories that
   * exist get it too: a concurrent caller may have created one without having changed its owner yet.
   */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Opens a directory below another. Every step goes through the open directory before it and fails for a link, as the
 * kernel does with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, which Node does not offer.
 * @param root may itself be a link: it belongs to the engine or to the user
 * @throws Error with the system's code
 */
export const openBeneath = async (
  root: string,
  names: readonly FileName[],
  options: BeneathOptions = {},
): Promise<OpenDirectory> => {
  if (options.create === true) await mkdir(root, { recursive: true, mode: 0o700 });
  let at = await openDirectory(Buffer.from(root), constants.O_RDONLY | constants.O_DIRECTORY, options);
  for (const name of names) {
    const outer = at;
    at = await openIn(outer, name, options).finally(() => outer.close());
  }
  return at;
};

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Opens a directory in an open one. @throws Error with the system's code; ELOOP or ENOTDIR for a link */
export const openIn = async (
  directory: OpenDirectory,
  name: FileName,
  options: BeneathOptions = {},
): Promise<OpenDirectory> => {
  const path = directory.at(name);
  const isCreated = options.create === true && (await createDirectory(path));
  const opened = await openDirectory(path, directoryFlags, options);
  if (isCreated && options.owner === undefined) await inheritOwner(opened.at('.'), directory);
  // A directory of root may be one that a concurrent caller has just created; what is created in it follows the tree.
  const inherits = isCreated || (options.create === true && opened.owner.uid === 0);
  return inherits ? { ...opened, owner: directory.owner } : opened;
};

/** @returns whether it is new */
const createDirectory = async (path: Buffer): Promise<boolean> => {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
};

/** Systems without `/proc` have no sandbox, so no directory there is written by a job that must be confined. */
const hasHandlePaths = process.platform === 'linux';

const openDirectory = async (
  path: Buffer,
  flags: number,
  { owner }: BeneathOptions,
): Promise<OpenDirectory> => {
  const handle = await open(path, flags);
  try {
    const found = await handle.stat();
    if (owner !== undefined && found.uid !== owner.uid) await handle.chown(owner.uid, owner.gid);
    const { uid, gid } = owner ?? found;
    const base = hasHandlePaths ? Buffer.from(`/proc/self/fd/${handle.fd}`) : path;
    return {
      at: (name) => Buffer.concat([base, Buffer.from('/'), Buffer.from(name)]),
      owner: { uid, gid },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
};

/** Where the caller is root, what it creates belongs to the owner of the directory, who has to be able to use it. */
const inheritOwner = async (path: Buffer, { owner }: OpenDirectory): Promise<void> => {
  if (process.geteuid?.() === 0) await chown(path, owner.uid, owner.gid);
};

export interface DirectoryEntry {
  readonly name: Buffer;
  readonly kind: 'file' | 'directory' | 'other';
}

/** The entries of an open directory, in the order of their bytes. Links count as `other`. */
export const entriesOf = async (directory: OpenDirectory): Promise<readonly DirectoryEntry[]> => {
  const entries = await readdir(directory.at('.'), { withFileTypes: true, encoding: 'buffer' });
  return entries
    .map(
      (entry) =>
        ({
          name: entry.name,
          kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other',
        }) as const,
    )
    .sort((one, other) => Buffer.compare(one.name, other.name));
};

/** Opens a plain file for reading. @throws Error with the system's code; also for a link, a pipe, a device */
export const openFile = async (directory: OpenDirectory, name: FileName): Promise<FileHandle> => {
  // Without O_NONBLOCK the opening of a pipe would wait for a writer.
  const handle = await open(
    directory.at(name),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  );
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw Object.assign(new Error('not a plain file'), { code: 'EINVAL' });
};

/** Reads what is at a path below a directory, no link followed; undefined where nothing is, or a link is on the way. */
export const statBeneath = async (root: string, names: readonly FileName[]): Promise<Stats | undefined> => {
  const last = names.at(-1);
  try {
    const directory = await openBeneath(root, names.slice(0, -1));
    return await lstat(directory.at(last ?? '.')).finally(() => directory.close());
  } catch {
    return undefined;
  }
};

/** Linux: a handle that names a file without opening it. Node has no constant for it. */
const pathOnly = 0o10000000;

/** Gives the owner access to a file that has forbidden it; a link is left alone. */
export const grantAccess = async (directory: OpenDirectory, name: FileName, mode: number): Promise<void> => {
  if (!hasHandlePaths) return;
  const handle = await open(directory.at(name), pathOnly | constants.O_NOFOLLOW);
  try {
    const found = await handle.stat();
    if (found.isSymbolicLink()) return;
    await chmod(`/proc/self/fd/${handle.fd}`, (found.mode & 0o777) | mode);
  } finally {
    await handle.close();
  }
};

/** The code of a system error; empty for any other. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
