/** Finds a program in the absolute directories of PATH. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { errorCodeOf } from './error-code.ts';

/**
 * Finds a program as the start of a process without a shell finds it. Relative directories of `path` are ignored, so that
 * the working directory does not decide what runs.
 * @param path `PATH`
 * @returns its absolute path, or undefined
 */
export const findProgram = (name: string, path: string | undefined): string | undefined => {
  // Without a shell, Windows starts only these two kinds of files.
  const names = [name, ...(process.platform === 'win32' ? [`${name}.exe`, `${name}.com`] : [])];
  return (path ?? '')
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .flatMap((directory) => names.map((each) => join(directory, each)))
    .find((file) => executableProblemOf(file) === undefined);
};

/** @returns why a file cannot be started, as a phrase that follows its name; undefined if it can */
export const executableProblemOf = (file: string): string | undefined => {
  try {
    if (!statSync(file).isFile()) return 'is not a file';
    accessSync(file, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
    return code === 'EACCES'
      ? 'may not be executed by this user'
      : `cannot be read (${code ?? 'unknown error'})`;
  }
};
