/** Buckets as directories of the storage tree, opened beneath it and never through a link. */
import { constants } from 'node:fs';
import { type FileHandle, lchown, mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf } from '../../shared/error-code.ts';
import { isPlainName } from '../model/storage-path.ts';
import { CosError } from './errors.ts';

/** Where a new bucket belongs when only its name is known: jobs address it as `cos://<bucket>.cos.<region>.myqcloud.com`. */
const defaultRegion = 'ap-guangzhou';

/** An open directory: what is done in it is done there, even if its path leads elsewhere by now. */
export interface Directory {
  below(name: string): string;
  close(): Promise<void>;
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const openDirectory = async (path: string, flags = directoryFlags): Promise<Directory> => {
  const handle = await open(path, flags);
  // Without /proc (macOS) the path itself is used: there are no sandboxed jobs there, hence no hostile links.
  const inside = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : path;
  return { below: (name) => join(inside, name), close: () => handle.close() };
};

/** The storage tree itself may be a link: it is the operator's. */
const openRoot = async (storageDir: string): Promise<Directory> => {
  await mkdir(storageDir, { recursive: true, mode: 0o700 });
  return openDirectory(storageDir, constants.O_RDONLY | constants.O_DIRECTORY);
};

/**
 * Opens a directory beneath the tree.
 * @param create makes what is missing
 * @returns undefined where a step is missing, is no directory, or is a link
 */
export const openBelow = async (
  storageDir: string,
  names: readonly string[],
  create: boolean,
): Promise<Directory | undefined> => {
  let at = await openRoot(storageDir);
  for (const name of names) {
    const outer = at;
    try {
      const path = outer.below(name);
      const isNew = create && (await createDirectory(path));
      at = await openDirectory(path);
      if (isNew) await inheritOwner(path, outer);
    } catch (error) {
      if (!isNotThere(error)) throw error;
      if (create)
        throw new CosError(
          'PathConflict',
          'A part of the key names an object, so nothing can be stored below it.',
        );
      return undefined;
    } finally {
      await outer.close();
    }
  }
  return at;
};

/** @returns whether it is new */
const createDirectory = async (path: string): Promise<boolean> => {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
};

/** Under a root engine, the files of the storage belong to the user of its jobs, which owns the outermost directory. */
export const inheritOwner = async (path: string, directory: Directory): Promise<void> => {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = await stat(directory.below('.'));
  await lchown(path, uid, gid);
};

const isNotThere = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCodeOf(error) ?? '');

/** The names of a key's directories and of the object; the object is empty for a key that ends in `/`. */
export const partsOf = (key: string): { readonly directories: readonly string[]; readonly name: string } => {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const directories = parts.slice(0, -1);
  if (![...directories, ...(name === '' ? [] : [name])].every(isPlainName)) {
    throw new CosError(
      'InvalidURI',
      'This engine stores objects as files, so a key has no empty part, no `.` or `..`, and no part above 255 bytes.',
    );
  }
  return { directories, name };
};

/** The directories that hold a bucket's objects: one for each region in which jobs have addressed it. */
const directoriesOf = async (storageDir: string, bucket: string): Promise<readonly string[]> => {
  const root = await openBelow(storageDir, ['cos'], false);
  if (!root) return [];
  try {
    const names = await readdir(root.below('.'));
    return names.filter((name) => name === bucket || name.startsWith(`${bucket}.cos.`)).sort();
  } finally {
    await root.close();
  }
};

/**
 * The path of a bucket in the storage tree.
 * @param create returns the path of a new bucket where there is none
 * @throws CosError NoSuchBucket
 */
export const bucketPathOf = async (
  storageDir: string,
  bucket: string,
  create: boolean,
): Promise<readonly string[]> => {
  const found = await directoriesOf(storageDir, bucket);
  const usual = `${bucket}.cos.${defaultRegion}.myqcloud.com`;
  const name = found.includes(bucket) ? bucket : found.includes(usual) ? usual : found[0];
  if (name !== undefined) return ['cos', name];
  if (create) return ['cos', bucket.includes('.cos.') ? bucket : usual];
  throw new CosError('NoSuchBucket', `The bucket ${bucket} does not exist here.`);
};

/** Opens an object for reading. @returns undefined where there is no plain file of that name */
export const openObject = async (directory: Directory, name: string): Promise<FileHandle | undefined> => {
  // O_NONBLOCK: opening a pipe that was put there must not wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let handle: FileHandle;
  try {
    handle = await open(directory.below(name), flags);
  } catch (error) {
    if (isNotThere(error) || errorCodeOf(error) === 'ENXIO') return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
};
