/** Reads and replaces a configuration file of another program. */
import {
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCodeOf } from '../../shared/error-code.ts';
import { ConfigError } from '../../shared/errors.ts';

export interface ConfigFile {
  /** The file itself, also where the path is a link to it. */
  readonly path: string;
  /** Empty if there is none. */
  readonly text: string;
  readonly exists: boolean;
  /** Permission bits. */
  readonly mode: number;
}

// Claude Code stores its history in the same file; beyond this it is something else.
const maxBytes = 64 * 1024 * 1024;
// A configuration can hold keys, so that only the user may read a new one.
const newFileMode = 0o600;

/**
 * Reads a file. A link is resolved once, and the file it leads to is named and changed.
 * @throws ConfigError for anything but a regular UTF-8 file of this user
 */
export const readConfigFile = (path: string): ConfigFile => {
  const target = targetOf(path);
  if (target === undefined) return { path, text: '', exists: false, mode: newFileMode };
  const stats = lstatSync(target);
  const refuse = (reason: string): never => {
    throw new ConfigError(`${target} is not changed: ${reason}. Nothing was written.`);
  };
  if (!stats.isFile()) refuse('it is not a regular file');
  if (stats.size > maxBytes) refuse(`it has more than ${maxBytes / 1024 / 1024} MiB`);
  if (stats.nlink > 1) refuse('it has several names (hard links), which would become different files');
  const user = process.getuid?.();
  if (user !== undefined && stats.uid !== user) refuse('it belongs to another user');
  return {
    path: target,
    text: textOf(readFileSync(target), refuse),
    exists: true,
    mode: stats.mode & 0o7777,
  };
};

/** @returns undefined if there is no file. @throws ConfigError for a link that leads nowhere */
const targetOf = (path: string): string | undefined => {
  try {
    return lstatSync(path).isSymbolicLink() ? realpathSync(path) : path;
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ELOOP') throw unreadable(path, error);
    if (isLink(path)) throw new ConfigError(`${path} is a link that leads to no file. Nothing was written.`);
    return undefined;
  }
};

const isLink = (path: string): boolean => {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
};

const unreadable = (path: string, error: unknown): ConfigError =>
  new ConfigError(`${path} cannot be read (${errorCodeOf(error) ?? 'unknown error'}). Nothing was written.`);

const textOf = (bytes: Uint8Array, refuse: (reason: string) => never): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('it is not UTF-8 text');
  }
};

/**
 * Replaces the file atomically, or creates it. The previous content is copied beside it first.
 * @param tag distinguishes the temporary file and the backup from others
 * @returns the path of the backup, if there was a file
 * @throws ConfigError if the file has changed since it was read
 */
export const writeConfigFile = async (
  file: ConfigFile,
  text: string,
  tag: string,
): Promise<string | undefined> => {
  const { path, exists, mode } = file;
  const temporary = join(dirname(path), `.${basename(path)}.${tag}.tmp`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const handle = await open(temporary, 'wx', mode);
    try {
      // The mode of open is reduced by the umask.
      await handle.chmod(mode);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    checkUnchanged(file);
    if (!exists) {
      createFile(temporary, path);
      return undefined;
    }
    const backup = `${path}.${tag}.backup`;
    copyFileSync(path, backup, constants.COPYFILE_EXCL);
    checkUnchanged(file);
    renameSync(temporary, path);
    return backup;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      `${path} cannot be written (${errorCodeOf(error) ?? 'unknown error'}); it is unchanged.`,
    );
  } finally {
    removeIfPresent(temporary);
  }
};

const removeIfPresent = (path: string): void => {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its directory is none; the error of writing says so.
  }
};

/** Clients write their configuration themselves. */
const checkUnchanged = ({ path, text, exists }: ConfigFile): void => {
  const now = readConfigFile(path);
  if (now.exists !== exists || now.text !== text) {
    throw new ConfigError(
      `${path} was changed by another program just now. Nothing was written; run batch-mcp init again.`,
    );
  }
};

/** Gives the file its name, unless there is one by now. */
const createFile = (temporary: string, path: string): void => {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') throw error;
    // Some file systems have no hard links.
    copyFileSync(temporary, path, constants.COPYFILE_EXCL);
  }
};
