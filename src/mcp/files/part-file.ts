/** The hidden file that a download is written to until it is complete, and that a later call continues. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename } from 'node:fs/promises';
import type { CosObject } from '../../client/cos/cos-object.ts';
import { codeOf, type OpenDirectory } from '../../shared/beneath.ts';
import { LocalFileError } from '../../shared/errors.ts';
import { type Random, randomHex } from '../../shared/random.ts';

export interface PartFile {
  readonly handle: FileHandle;
  /** Name in use: no other call opens a file of that name. */
  readonly name: string;
  /** Name under which a later call finds it. */
  readonly parkedName: string;
}

interface Wanted {
  /** The final name. */
  readonly name: string;
  readonly object: CosObject;
  readonly facts: { readonly size: number; readonly etag: string };
  readonly random: Random;
  /** Names this process, as in FileOptions. */
  readonly owner: string;
}

const openFlags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens what an earlier call for the same version of the object has left, or a new file. @throws system errors */
export const openPartFile = async (directory: OpenDirectory, wanted: Wanted): Promise<PartFile> => {
  const { name, object, facts, random, owner } = wanted;
  const id = createHash('sha256').update(`${name}\n${object.key}\n${facts.etag}\n${facts.size}`);
  const prefix = `.batch-mcp-${id.digest('hex').slice(0, 24)}`;
  const parkedName = `${prefix}.part`;
  // Renamed while in use: two calls cannot write to the same file.
  const work = `${prefix}-${owner}-${randomHex(random, 6)}.part`;
  const take = (left: string): Promise<boolean> =>
    rename(directory.at(left), directory.at(work)).then(
      () => true,
      () => false,
    );
  const isLeft = (await take(parkedName)) || (await takeAbandoned(directory, prefix, owner, take));
  const flags = isLeft ? openFlags : openFlags | constants.O_CREAT | constants.O_EXCL;
  const handle = await open(directory.at(work), flags, 0o644);
  const stats = await handle.stat();
  // A second name would be written to, as well.
  if (stats.isFile() && stats.nlink === 1) return { handle, name: work, parkedName };
  await handle.close();
  throw new LocalFileError(`${work} is no plain file of this program; remove it.`, 'EINVAL');
};

/** Takes the file of a process that has ended without parking it. */
const takeAbandoned = async (
  directory: OpenDirectory,
  prefix: string,
  owner: string,
  take: (name: string) => Promise<boolean>,
): Promise<boolean> => {
  for (const name of await readdir(directory.at('.'))) {
    const [, stated, pid] = /^-((\d{1,10})-\d+)-[0-9a-f]{12}\.part$/.exec(name.slice(prefix.length)) ?? [];
    if (!name.startsWith(prefix) || stated === undefined || stated === owner) continue;
    // A process that has the id of an earlier one, as in containers, is not that one.
    const hasEnded = pid === owner.split('-')[0] || !isRunning(Number(pid));
    if (hasEnded && (await take(name))) return true;
  }
  return false;
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it belongs to another user.
    return codeOf(error) !== 'ESRCH';
  }
};
