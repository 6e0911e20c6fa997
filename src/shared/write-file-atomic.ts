/** Writes files atomically: neither a reader nor a crash ever sees an incomplete file. */
import { rename, unlink, writeFile } from 'node:fs/promises';

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
