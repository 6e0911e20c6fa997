/** Failures of the file system in the data directory are failures of a setting, not bugs. */
import { sep } from 'node:path';
import { errorCodeOf } from './error-code.ts';
import { ConfigError } from './errors.ts';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'is not accessible for this user',
  EPERM: 'is not writable for this user',
  EROFS: 'is on a read-only file system',
  ENOSPC: 'is on a full disk',
  EDQUOT: 'has reached its disk quota',
  ENOTDIR: 'is not a directory',
  ENOENT: 'does not exist and cannot be created',
  EISDIR: 'contains a directory where a file is expected',
};

/** @returns a ConfigError that names --data-dir for a system error with a path in the data directory, else the error */
export const asDataDirectoryError = (error: unknown, dataDir: string): unknown => {
  const reason = reasons[errorCodeOf(error) ?? ''];
  const path = error instanceof Error && 'path' in error ? error.path : undefined;
  if (reason === undefined || typeof path !== 'string') return error;
  if (path !== dataDir && !path.startsWith(dataDir + sep)) return error;
  const file = path === dataDir ? '' : ` (${path})`;
  return new ConfigError(
    `The data directory ${dataDir} ${reason}${file}. Set --data-dir or BATCH_MCP_DATA_DIR to a directory that this user can write.`,
    { cause: error },
  );
};
