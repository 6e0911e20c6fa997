/** Finds the program of notices as a start of a process finds it, so that a misspelt one is reported before the first event. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { errorCodeOf } from '../shared/error-code.ts';

/** Where programs are searched if there is no PATH. */
const defaultPath = '/usr/bin:/bin';

/**
 * @param program an absolute path, or a name that is searched in `path`
 * @returns the file, or what is wrong: a phrase that follows the program
 */
export const findProgram = (
  program: string,
  path: string = defaultPath,
): { readonly file: string } | { readonly problem: string } => {
  if (isAbsolute(program)) {
    const problem = problemOf(program);
    return problem === undefined ? { file: program } : { problem };
  }
  // Without a shell, Windows starts only these two kinds of files.
  const names = [program, ...(process.platform === 'win32' ? [`${program}.exe`, `${program}.com`] : [])];
  const file = path
    .split(delimiter)
    .filter(isAbsolute)
    .flatMap((directory) => names.map((name) => join(directory, name)))
    .find((candidate) => problemOf(candidate) === undefined);
  return file === undefined ? { problem: 'is in no directory of PATH' } : { file };
};

const problemOf = (file: string): string | undefined => {
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
