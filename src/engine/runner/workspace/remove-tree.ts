/** Removal of what a job left, whatever it left: directories without permissions, and paths longer than the system takes. */
import { lstat, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import {
  codeOf,
  type DirectoryEntry,
  entriesOf,
  type FileName,
  grantAccess,
  type OpenDirectory,
  openBeneath,
  openIn,
} from '../../../shared/beneath.ts';

/**
 * Removes a file or a directory with its content. Links are removed, never followed. What cannot be removed stays and
 * does not keep the rest from being removed.
 * @param path in a directory that jobs cannot write to
 * @returns the first error; undefined when nothing is left
 */
export const removeTree = async (path: string): Promise<unknown> => {
  let parent: OpenDirectory;
  try {
    parent = await openBeneath(dirname(path), []);
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : error;
  }
  try {
    const name = basename(path);
    const found = await lstat(parent.at(name)).catch((error) => error as Error);
    if (found instanceof Error) return codeOf(found) === 'ENOENT' ? undefined : found;
    if (!found.isDirectory()) return await failureOf(() => unlink(parent.at(name)));
    // Most directories are ordinary, and this is several times faster.
    const error = await failureOf(() => rm(path, { recursive: true, force: true }));
    return error === undefined || process.platform !== 'linux' ? error : await removeDirectory(parent, name);
  } finally {
    await parent.close();
  }
};

/**
 * Empties a directory level by level: directories in it are moved up into the directory itself, so that no path becomes
 * longer and no more than two descriptors are open, however deep the tree is.
 */
const removeDirectory = async (parent: OpenDirectory, name: FileName): Promise<unknown> => {
  let firstError: unknown;
  const note = (error: unknown): void => {
    firstError ??= error;
  };
  note(await failureOf(() => grantAccess(parent, name, 0o700)));
  let top: OpenDirectory;
  try {
    top = await openIn(parent, name);
  } catch (error) {
    return error;
  }
  try {
    let moved = 0;
    const newName = (): string => {
      moved += 1;
      return `.removed-${moved}`;
    };
    const stuck = new Set<string>();
    for (;;) {
      const entries = (await entriesOf(top)).filter((entry) => !stuck.has(entry.name.toString('latin1')));
      if (entries.length === 0) break;
      for (const entry of entries) {
        const error = await removeEntry(top, entry, newName);
        if (error === undefined) continue;
        note(error);
        stuck.add(entry.name.toString('latin1'));
      }
    }
  } catch (error) {
    note(error);
  } finally {
    await top.close();
  }
  return (await failureOf(() => rmdir(parent.at(name)))) === undefined ? undefined : firstError;
};

/** Removes one entry; of a directory the files, while its directories move up to `top`. */
const removeEntry = async (
  top: OpenDirectory,
  { name, kind }: DirectoryEntry,
  newName: () => string,
): Promise<unknown> => {
  if (kind !== 'directory') return failureOf(() => unlink(top.at(name)));
  if ((await failureOf(() => rmdir(top.at(name)))) === undefined) return undefined;
  let firstError: unknown;
  const granted = await failureOf(() => grantAccess(top, name, 0o700));
  if (granted !== undefined) return granted;
  let inner: OpenDirectory;
  try {
    inner = await openIn(top, name);
  } catch (error) {
    return error;
  }
  try {
    for (const entry of await entriesOf(inner)) {
      const error =
        entry.kind === 'directory'
          ? await moveUp(inner, entry.name, top, newName)
          : await failureOf(() => unlink(inner.at(entry.name)));
      firstError ??= error;
    }
  } finally {
    await inner.close();
  }
  return (await failureOf(() => rmdir(top.at(name)))) === undefined
    ? undefined
    : (firstError ?? new Error('not empty'));
};

/** A directory changes its parent, which needs write permission on the directory itself. */
const moveUp = async (
  from: OpenDirectory,
  name: FileName,
  to: OpenDirectory,
  newName: () => string,
): Promise<unknown> => {
  const granted = await failureOf(() => grantAccess(from, name, 0o700));
  if (granted !== undefined) return granted;
  for (;;) {
    const error = await failureOf(() => rename(from.at(name), to.at(newName())));
    // An earlier removal was interrupted, and its names are taken.
    if (!['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(codeOf(error))) return error;
  }
};

const failureOf = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
};
