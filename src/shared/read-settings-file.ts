/** Files of settings, certificates and keys: regular and small. A device or a named pipe may never end. */
import { readFileSync, type Stats, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

// A bundle of all public certificate authorities has 250 KB.
const maxBytes = 4 * 1024 * 1024;

/** @throws an error whose `code` is that of the system, or says why the file is not read */
export const readSettingsFile = async (path: string): Promise<string> => {
  refuseOthers(await stat(path));
  return readFile(path, 'utf8');
};

/** The same without waiting, for a file that is read at the start. */
export const readSettingsFileSync = (path: string): string => {
  refuseOthers(statSync(path));
  return readFileSync(path, 'utf8');
};

const refuseOthers = (stats: Stats): void => {
  const reason = stats.isFile()
    ? stats.size > maxBytes
      ? `larger than ${maxBytes / 1024 / 1024} MiB`
      : undefined
    : 'not a regular file';
  // The code is what callers put into their messages.
  if (reason !== undefined) throw Object.assign(new Error(reason), { code: reason });
};
