/** Reads the file of JsonFilePath, only from the directory that the operator configured. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { InputError } from '../../shared/errors.ts';

// The body is one sentence; a larger file is something else and must not be uploaded.
const maxBytes = 64 * 1024;

/**
 * Reads a text file.
 * @param directory the allowed directory; nothing is read if undefined
 * @param path absolute, or relative to the directory
 * @throws InputError if the file is missing, not a regular file, too large, or outside the directory after resolving links
 */
export const readJsonFile = async (directory: string | undefined, path: string): Promise<string> => {
  const refuse = (message: string): never => {
    throw new InputError('AzureTerminateJob', [{ path: 'JsonFilePath', message }]);
  };
  if (directory === undefined) {
    return refuse(
      'Files are not read here: the operator has not configured a directory (--azure-json-dir). Use JsonString.',
    );
  }
  const outside = `The file is not in the directory of --azure-json-dir, or does not exist.`;
  const root = await realpath(directory).catch(() =>
    refuse('The directory of --azure-json-dir does not exist; the operator has to create it.'),
  );
  // The same message for "outside" and "missing", so that callers cannot probe for files elsewhere.
  const file = await realpath(resolve(root, path)).catch(() => refuse(outside));
  if (!file.startsWith(root.endsWith(sep) ? root : root + sep)) return refuse(outside);
  // Links were resolved above; later ones are not followed. O_NONBLOCK keeps a named pipe from blocking the call.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(file, flags).catch(() => refuse('The file cannot be read.'));
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return refuse('This is not a regular file.');
    const buffer = Buffer.alloc(maxBytes + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > maxBytes) return refuse(`The file is longer than ${maxBytes} bytes.`);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
};
