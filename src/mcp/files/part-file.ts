/** The hidden file that a download is written to until it is complete, and that a later call continues. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, lutimes, open, opendir, rename } from 'node:fs/promises';
import type { CosObject } from '../../client/cos/cos-object.ts';
import { codeOf, type OpenDirectory } from '../../shared/beneath.ts';
import { LocalFileError } from '../../shared/errors.ts';
import { type Random, randomHex } from '../../shared/random.ts';
import type { OwnerProcess } from './file-options.ts';

export interface PartFile {
  readonly handle: FileHandle;
  /** Name in use: no other call opens a file of that name. */
  readonly name: string;
  /** Name under which a later call finds it. */
  readonly resumableName: string;
}

interface Wanted {
  /** The final name. */
  readonly name: string;
  readonly object: CosObject;
  readonly facts: { readonly size: number; readonly etag: string };
  readonly random: Random;
  readonly now: () => number;
  readonly owner: OwnerProcess;
}

const openFlags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A smaller object is fetched again sooner than its directory is read. */
const minAbandonedBytes = 1024 * 1024;
/** Reading so many names takes ten milliseconds, about as long as fetching the smallest such object. */
const maxNames = 10_000;
/** Twice the default limit of a connection that sends nothing; a download that is silent for that long has failed. */
const silenceMs = 120_000;

/** Opens what an earlier call for the same version of the object has left, or a new file. @throws system errors */
export const openPartFile = async (directory: OpenDirectory, wanted: Wanted): Promise<PartFile> => {
  const { name, object, facts, random, now, owner } = wanted;
  const id = createHash('sha256').update(`${name}\n${object.key}\n${facts.etag}\n${facts.size}`);
  const prefix = `.batch-mcp-${id.digest('hex').slice(0, 24)}`;
  const resumableName = `${prefix}.part`;
  // Renamed while in use: two calls cannot write to the same file.
  const work = `${prefix}-${ownerTextOf(owner)}-${randomHex(random, 6)}.part`;
  const take = async (left: string): Promise<boolean> => {
    try {
      // First: under its new name it must not seem abandoned while what it contains is read.
      await lutimes(directory.at(left), new Date(now()), new Date(now()));
      await rename(directory.at(left), directory.at(work));
      return true;
    } catch {
      return false;
    }
  };
  const mayBeAbandoned = facts.size >= minAbandonedBytes;
  const isLeft =
    (await take(resumableName)) || (mayBeAbandoned && (await takeAbandoned(directory, prefix, wanted, take)));
  const flags = isLeft ? openFlags : openFlags | constants.O_CREAT | constants.O_EXCL;
  const handle = await open(directory.at(work), flags, 0o644);
  const stats = await handle.stat();
  // A second name would be written to, as well.
  if (stats.isFile() && stats.nlink === 1) return { handle, name: work, resumableName };
  await handle.close();
  throw new LocalFileError(`${work} is no plain file of this program; remove it.`, 'EINVAL');
};

/** The owner as a part of a file name. Host names may have characters that file names cannot have. */
const ownerTextOf = ({ hostname, pid, startedAt }: OwnerProcess): string =>
  `${createHash('sha256').update(hostname).digest('hex').slice(0, 8)}-${pid}-${startedAt}`;

/** Takes the file of a process that ended without renaming it back. */
const takeAbandoned = async (
  directory: OpenDirectory,
  prefix: string,
  { owner, now }: Wanted,
  take: (name: string) => Promise<boolean>,
): Promise<boolean> => {
  const own = ownerTextOf(owner);
  let names = 0;
  for await (const { name } of await opendir(directory.at('.'), { bufferSize: 1000 })) {
    names += 1;
    if (names > maxNames) return false;
    if (!name.startsWith(prefix)) continue;
    const suffix = name.slice(prefix.length);
    const [, stated, host, pid] = /^-(([0-9a-f]{8})-(\d{1,10})-\d+)-[0-9a-f]{12}\.part$/.exec(suffix) ?? [];
    if (stated === undefined || stated === own) continue;
    // The processes of another machine are not visible here, and containers often have the same process id.
    const isVisible = host === own.slice(0, 8) && Number(pid) !== owner.pid;
    const isAbandoned = isVisible ? !isRunning(Number(pid)) : await isSilent(directory, name, now());
    if (isAbandoned && (await take(name))) return true;
  }
  return false;
};

const isSilent = (directory: OpenDirectory, name: string, now: number): Promise<boolean> =>
  lstat(directory.at(name)).then(
    ({ mtimeMs }) => now - mtimeMs > silenceMs,
    () => false,
  );

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it belongs to another user.
    return codeOf(error) !== 'ESRCH';
  }
};
