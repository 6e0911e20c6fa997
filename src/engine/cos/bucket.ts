/** Buckets as directories of the storage tree, opened beneath it and never through a link. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, stat } from 'node:fs/promises';
import { type OpenDirectory, openBeneath } from '../../shared/beneath.ts';
import { errorCodeOf } from '../../shared/error-code.ts';
import { isPlainName } from '../model/storage-path.ts';
import { CosError } from './errors.ts';

/** Where a new bucket belongs when only its name is known: jobs address it as `cos://<bucket>.cos.<region>.myqcloud.com`. */
const defaultRegion = 'ap-guangzhou';

/**
 * Opens a directory beneath the storage tree. Under a root engine, what is created belongs to the user of its jobs, who
 * owns the tree itself.
 * @param create makes what is missing
 * @returns undefined where a step is missing, is no directory, or is a link
 * @throws CosError PathConflict where one cannot be created
 */
export const openBelow = async (
  storageDir: string,
  names: readonly string[],
  create: boolean,
): Promise<OpenDirectory | undefined> => {
  await mkdir(storageDir, { recursive: true, mode: 0o700 });
  const owner = process.geteuid?.() === 0 && create ? await stat(storageDir) : undefined;
  try {
    return await openBeneath(storageDir, names, { create, owner });
  } catch (error) {
    if (!isNotThere(error)) throw error;
    if (create)
      throw new CosError(
        'PathConflict',
        'A part of the key names an object, so nothing can be stored below it.',
      );
    return undefined;
  }
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
    const names = await readdir(root.at('.'));
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
export const openObject = async (directory: OpenDirectory, name: string): Promise<FileHandle | undefined> => {
  // O_NONBLOCK: opening a pipe that was put there must not wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let handle: FileHandle;
  try {
    handle = await open(directory.at(name), flags);
  } catch (error) {
    if (isNotThere(error) || errorCodeOf(error) === 'ENXIO') return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
};
