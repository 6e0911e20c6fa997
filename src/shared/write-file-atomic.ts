/** Writes files atomically: neither a reader nor a crash ever sees an incomplete file. */
import { constants, copyFile, link, rename, unlink, writeFile } from 'node:fs/promises';

/**
 * Writes a temporary file beside `path` and renames it. Its mode is 0600.
 * @param suffix makes the temporary name unique among concurrent writers
 * @throws the system error; the temporary file is removed
 */
export const writeFileAtomic = async (path: string, content: string, suffix: string): Promise<void> => {
  const temporary = `${path}.${suffix}.part`;
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
};

/**
 * Creates a file for the user, or replaces one. Its mode is the usual one of new files.
 * @param mayReplace whether an existing file is replaced
 * @param suffix as above
 * @throws the system error, `EEXIST` where the file exists; the temporary file is removed
 */
export const createFileAtomic = async (
  path: string,
  content: string,
  mayReplace: boolean,
  suffix: string,
): Promise<void> => {
  const temporary = `${path}.${suffix}.part`;
  try {
    await writeFile(temporary, content, { flag: 'wx' });
    if (mayReplace) await rename(temporary, path);
    else await createFrom(temporary, path);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
};

/** A link fails where the name exists. File systems without links get a copy, which can be incomplete after a crash. */
const createFrom = async (temporary: string, path: string): Promise<void> => {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw error;
    await copyFile(temporary, path, constants.COPYFILE_EXCL);
  }
};
