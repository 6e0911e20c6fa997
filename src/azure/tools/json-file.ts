/** Reads the file of JsonFilePath: from the one folder the operator named, and nothing that leads out of it. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { InputError } from '../../shared/errors.ts';

// The body is one sentence. Anything larger is another file, and would be an upload of it.
const maxBytes = 64 * 1024;

/**
 * Reads a text file.
 * @param folder the allowed folder; nothing is read where it is undefined
 * @param path absolute, or relative to the folder
 * @throws InputError where the file is absent, no plain file, too large, or outside the folder once links are followed
 */
export const readJsonFile = async (folder: string | undefined, path: string): Promise<string> => {
  const refuse = (message: string): never => {
    throw new InputError('AzureTerminateJob', [{ path: 'JsonFilePath', message }]);
  };
  if (folder === undefined) {
    return refuse(
      'No file is read here: the operator has named no folder for it (--azure-json-dir). Use JsonString.',
    );
  }
  const outside = `The file is not in the folder of --azure-json-dir, or does not exist.`;
  const home = await realpath(folder).catch(() =>
    refuse('The folder of --azure-json-dir does not exist; the operator has to make it.'),
  );
  // One answer for "outside" and "absent", so that nobody can feel for files that are elsewhere.
  const file = await realpath(resolve(home, path)).catch(() => refuse(outside));
  if (!file.startsWith(home.endsWith(sep) ? home : home + sep)) return refuse(outside);
  // Links were followed above; one that appears since then is not. Not waiting keeps a named pipe from hanging the call.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(file, flags).catch(() => refuse('The file cannot be read.'));
  try {
    const about = await handle.stat();
    if (!about.isFile()) return refuse('This is no plain file.');
    const buffer = Buffer.alloc(maxBytes + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > maxBytes) return refuse(`The file is longer than ${maxBytes} bytes.`);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
};
