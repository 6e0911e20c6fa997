/** Writes a file so that a reader, or a crash, never finds half of it. */
import { rename, unlink, writeFile } from 'node:fs/promises';

/**
 * Writes a temporary file beside `path` and renames it. Only this user can read it.
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
