/** Copies of files and directories between the storage, the directories of attempts, and the user's own. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import {
  type BeneathOptions,
  codeOf,
  type DirectoryEntry,
  entriesOf,
  type FileName,
  grantAccess,
  type OpenDirectory,
  openFile,
  openIn,
} from '../../../shared/beneath.ts';

export interface CopyOptions {
  /** The source belongs to an attempt, so files that their owner cannot read are made readable first. */
  readonly ownsSource?: boolean;
  /** Owner of the directories of the target, as in `openBeneath`. */
  readonly owner?: BeneathOptions['owner'];
}

export interface CopyResult {
  readonly copied: number;
  /** Files that were left out, with the reason. Links, sockets and devices are not among them: storage has none. */
  readonly skipped: readonly string[];
}

/** Large enough that a copy is bound by the disk, small enough for several at a time. */
const bufferBytes = 256 * 1024;

/** Deeper trees are left out: each level keeps two descriptors open, and storage keys end at 1,024 bytes. */
const maxDepth = 128;

/**
 * Copies one plain file. The target appears whole or not at all, replaces what has its name, and keeps the permission
 * bits, with access for the owner added.
 * @throws Error with the system's code
 */
export const copyFile = async (
  from: OpenDirectory,
  name: FileName,
  to: OpenDirectory,
  newName: FileName,
): Promise<void> => {
  const source = await openFile(from, name);
  try {
    await writeFileFrom(source, to, newName);
  } finally {
    await source.close();
  }
};

const writeFileFrom = async (source: FileHandle, to: OpenDirectory, name: FileName): Promise<void> => {
  const temporary = to.at(`.${randomUUID()}.part`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const target = await open(temporary, flags, 0o600);
  try {
    // Before the content, because jobs can see the file from now on: a copy of the directory by one of them would fail.
    if (process.geteuid?.() === 0) await target.chown(to.owner.uid, to.owner.gid);
    await copyBytes(source, target);
    const { mode } = await source.stat();
    await target.chmod((mode & 0o777) | 0o600);
    await rename(temporary, to.at(name));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await target.close();
  }
};

/** Blocks of zeros become holes, so that a sparse file does not grow into one that fills the disk. */
const copyBytes = async (source: FileHandle, target: FileHandle): Promise<void> => {
  const buffer = Buffer.allocUnsafe(bufferBytes);
  const zeros = Buffer.alloc(bufferBytes);
  let position = 0;
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, bufferBytes, position);
    if (bytesRead === 0) break;
    const block = buffer.subarray(0, bytesRead);
    if (bytesRead < bufferBytes || !block.equals(zeros)) await writeAll(target, block, position);
    position += bytesRead;
  }
  await target.truncate(position);
};

const writeAll = async (target: FileHandle, block: Buffer, position: number): Promise<void> => {
  for (let written = 0; written < block.length; ) {
    const { bytesWritten } = await target.write(block, written, block.length - written, position + written);
    written += bytesWritten;
  }
};

/** Conditions of the machine rather than of one file: the whole copy fails. */
const machineCodes = ['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO'];

/**
 * Copies the plain files and directories of a tree. A file that cannot be read, or a name that cannot be written, is
 * reported and left out; the rest is copied.
 * @throws Error with the system's code where the disk is full or the like
 */
export const copyTree = async (
  from: OpenDirectory,
  to: OpenDirectory,
  options: CopyOptions = {},
): Promise<CopyResult> => {
  let copied = 0;
  const skipped: string[] = [];
  const copyAll = async (source: OpenDirectory, target: OpenDirectory, path: string, depth: number) => {
    for (const entry of await entriesOf(source)) {
      const shown = path + shownName(entry.name);
      try {
        if (entry.kind === 'file') {
          await withAccess(source, entry, options, () => copyFile(source, entry.name, target, entry.name));
          copied += 1;
        } else if (entry.kind === 'directory') {
          if (depth >= maxDepth) throw new Error(`deeper than ${maxDepth} directories`);
          await inBoth(source, entry, target, options, (inner, outer) =>
            copyAll(inner, outer, `${shown}/`, depth + 1),
          );
        }
      } catch (error) {
        if (machineCodes.includes(codeOf(error))) throw error;
        skipped.push(`${shown} (${reasonOf(error)})`);
      }
    }
  };
  await copyAll(from, to, '', 0);
  return { copied, skipped };
};

const inBoth = async (
  source: OpenDirectory,
  entry: DirectoryEntry,
  target: OpenDirectory,
  options: CopyOptions,
  work: (source: OpenDirectory, target: OpenDirectory) => Promise<void>,
): Promise<void> => {
  if (options.ownsSource === true && ((await lstat(source.at(entry.name))).mode & 0o700) !== 0o700)
    await grantAccess(source, entry.name, 0o700);
  const from = await openIn(source, entry.name);
  try {
    const to = await openIn(target, entry.name, { create: true, owner: options.owner });
    await work(from, to).finally(() => to.close());
  } finally {
    await from.close();
  }
};

/** Tries again with access for the owner. */
const withAccess = async <T>(
  directory: OpenDirectory,
  { name }: DirectoryEntry,
  { ownsSource }: CopyOptions,
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (ownsSource !== true || codeOf(error) !== 'EACCES') throw error;
    await grantAccess(directory, name, 0o400);
    return work();
  }
};

const reasonOf = (error: unknown): string =>
  codeOf(error) || (error instanceof Error ? error.message : String(error));

/** A file name for people: bytes that are not UTF-8, and control characters, are written as `\xNN`. */
export const shownName = (name: Buffer): string => {
  const text = name.toString('utf8');
  const isText = Buffer.from(text).equals(name) && !/[\0-\x1f\x7f]/.test(text);
  if (isText) return text;
  return [...name]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
};
