/** The directory of --files-dir: opened beneath it, never through a link, and never in the data directory. */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, realpath, statfs } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { codeOf, type FileName, type OpenDirectory, openBeneath, openFile } from '../../shared/beneath.ts';
import { LocalFileError } from '../../shared/errors.ts';
import { type FileOptions, requireFilesDir } from './file-options.ts';

export interface LocalRoot {
  /** The real path. */
  readonly path: string;
  /** The names of the data directory below it, where it is there. */
  readonly dataDir: readonly string[] | undefined;
}

/** @throws ConfigError without --files-dir; LocalFileError where it is no directory */
export const openRoot = async (options: FileOptions): Promise<LocalRoot> => {
  const filesDir = requireFilesDir(options);
  const path = await realpath(filesDir).catch((error: unknown) => {
    throw localErrorOf(error, filesDir);
  });
  const dataDir = await realpath(options.dataDir).catch(() => options.dataDir);
  const below = relative(path, dataDir);
  const isInside = below !== '..' && !below.startsWith(`..${sep}`);
  return { path, dataDir: isInside ? below.split(sep).filter(Boolean) : undefined };
};

/** Whether a path is the data directory or below it. */
export const isDataDirectory = ({ dataDir }: LocalRoot, names: readonly string[]): boolean =>
  dataDir?.every((name, at) => names[at] === name) ?? false;

/**
 * Opens a directory below the root.
 * @throws LocalFileError for one that is missing, is a link or lies behind one, or is the data directory
 */
export const openLocal = async (
  root: LocalRoot,
  names: readonly string[],
  { create = false }: { readonly create?: boolean } = {},
): Promise<OpenDirectory> => {
  const shown = names.join('/') || '.';
  if (isDataDirectory(root, names))
    throw new LocalFileError(
      `${shown} is the data directory of this program, which holds its keys and records.`,
      'EACCES',
    );
  return openBeneath(root.path, names, { create }).catch((error: unknown) => {
    throw localErrorOf(error, shown);
  });
};

/** Reads what lies at a name, without following a link. @returns undefined where there is nothing */
export const entryIn = async (directory: OpenDirectory, name: FileName): Promise<BigIntStats | undefined> =>
  lstat(directory.at(name), { bigint: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw localErrorOf(error, String(name));
  });

/** What lies at a path; undefined where there is nothing, or its directory is missing. */
export const entryAt = async (
  root: LocalRoot,
  names: readonly string[],
): Promise<BigIntStats | undefined> => {
  let directory: OpenDirectory;
  try {
    directory = await openLocal(root, names.slice(0, -1));
  } catch (error) {
    if (error instanceof LocalFileError && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return await entryIn(directory, names.at(-1) ?? '.');
  } finally {
    await directory.close();
  }
};

/** Opens a plain file for reading. @throws LocalFileError */
export const openLocalFile = async (root: LocalRoot, names: readonly string[]): Promise<FileHandle> => {
  const directory = await openLocal(root, names.slice(0, -1));
  try {
    return await openFile(directory, names.at(-1) ?? '');
  } catch (error) {
    throw localErrorOf(error, names.join('/'));
  } finally {
    await directory.close();
  }
};

/** @throws LocalFileError where less than that is free */
export const requireSpace = async ({ path }: LocalRoot, bytes: number): Promise<void> => {
  const { bavail, bsize } = await statfs(path);
  if (bavail * bsize < bytes)
    throw new LocalFileError(
      `The disk of --files-dir has ${bavail * bsize} free bytes; the files need ${bytes}. Nothing was transferred.`,
      'ENOSPC',
    );
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ELOOP: 'is a link, or lies behind one; links are not followed',
  ENOTDIR: 'is no directory, or lies behind a link; links are not followed',
  EISDIR: 'is a directory',
  EINVAL: 'is no plain file',
  ENXIO: 'is no plain file',
  EEXIST: 'exists already',
  EACCES: 'may not be accessed by this user',
  EPERM: 'may not be accessed by this user',
  EROFS: 'is on a read-only file system',
  ENOSPC: 'cannot be written: the disk is full',
  EDQUOT: 'cannot be written: the quota of the disk is used up',
  EFBIG: 'is larger than the file system allows',
  ENAMETOOLONG: 'has a name that is too long',
  EMFILE: 'cannot be opened: this process has too many open files',
};

/** A system error as one that can be shown; anything else is returned as it is. */
export const localErrorOf = (error: unknown, shown: string): unknown => {
  const code = codeOf(error);
  if (error instanceof LocalFileError || code === '' || !/^E[A-Z0-9]+$/.test(code)) return error;
  const reason = reasons[code] ?? `cannot be used (${code})`;
  return new LocalFileError(`${shown} ${reason}.`, code);
};

/** Whether two readings are of the same, unchanged file. */
export const isUnchanged = (one: BigIntStats, other: BigIntStats): boolean =>
  one.size === other.size &&
  one.mtimeNs === other.mtimeNs &&
  one.ctimeNs === other.ctimeNs &&
  one.ino === other.ino;
