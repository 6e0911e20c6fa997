/** Whether a directory can be created and written, without creating it. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { errorCodeOf } from '../shared/error-code.ts';

// Directories cannot be created there. Node's recursive mkdir never returns below /proc.
const systemRoots = ['/proc', '/sys', '/dev'];
const sharedMemory = '/dev/shm';

/**
 * Checks a path that the program will create and write.
 * @param path absolute
 * @returns what is wrong, as a phrase; undefined if nothing is
 */
export const directoryProblem = (path: string): string | undefined => {
  if (path.length > 1024) return 'is too long for a path';
  for (let directory = path; ; directory = dirname(directory)) {
    try {
      const real = realpathSync(directory);
      if (isSystemPath(real)) return `is in ${real}, where no files can be stored`;
      if (!statSync(real).isDirectory()) {
        return directory === path ? 'is a file, not a directory' : `is below ${directory}, which is a file`;
      }
      accessSync(real, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      const code = errorCodeOf(error);
      if (code === 'ENOTDIR' || code === 'ENOENT') {
        if (directory !== dirname(directory)) continue;
        return 'does not exist';
      }
      const reason = reasonOf(code);
      return directory === path ? reason : `cannot be created: ${directory} ${reason}`;
    }
  }
};

const reasonOf = (code: string | undefined): string => {
  switch (code) {
    case 'EROFS':
      return 'is on a read-only file system';
    case 'ENAMETOOLONG':
      return 'has a name that is too long';
    case 'ELOOP':
      return 'is a symbolic link that leads back to itself';
    default:
      return 'is not writable for this user';
  }
};

const isSystemPath = (path: string): boolean =>
  path !== sharedMemory &&
  !path.startsWith(sharedMemory + sep) &&
  systemRoots.some((root) => path === root || path.startsWith(root + sep));

/** Whether it is a named pipe, a socket or a device, to which writing may never end. */
export const isSpecialFile = (path: string): boolean => {
  try {
    const stats = statSync(path);
    return !stats.isFile() && !stats.isDirectory();
  } catch {
    // What cannot be written is reported by the call that is not audited.
    return false;
  }
};
