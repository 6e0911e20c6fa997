/** Limits the disk that running commands use together. */
import { lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { entriesOf, type OpenDirectory, openBeneath, openIn } from '../../../shared/beneath.ts';
import type { EngineSettings } from '../../settings.ts';
import { appliedLimitsOf, freeBytesOf } from '../processes/applied-limits.ts';

/** A running attempt and the directories it writes to. */
export interface DiskUser {
  readonly key: string;
  readonly directories: readonly string[];
}

export interface DiskWatch {
  /**
   * Measures what attempts use.
   * @returns the attempt to terminate, with the reason; undefined while there is room
   */
  check(users: readonly DiskUser[]): Promise<{ readonly key: string; readonly reason: string } | undefined>;
}

/** What the database and the end of an attempt need; below it, room is made by terminating one. */
const minFreeBytes = 64 * 1024 ** 2;

/** Deeper directories are not counted: each level keeps a descriptor open. The file system's free space still counts. */
const maxDepth = 64;

/** Creates the watch; the default limit depends on the space that is free at this moment. */
export const createDiskWatch = (settings: EngineSettings): DiskWatch => {
  const limit = appliedLimitsOf(settings).diskBytes ?? Number.POSITIVE_INFINITY;
  return {
    check: async (users) => {
      if (users.length === 0) return undefined;
      const usages: { readonly key: string; readonly bytes: number }[] = [];
      for (const { key, directories } of users) {
        let bytes = 0;
        for (const directory of directories) bytes += await bytesIn(directory);
        usages.push({ key, bytes });
      }
      const total = usages.reduce((sum, { bytes }) => sum + bytes, 0);
      const largest = usages.reduce((one, other) => (other.bytes > one.bytes ? other : one));
      if (total > limit) return { key: largest.key, reason: overLimitReason(limit) };
      const isFull = freeBytesOf(settings.filesDir) < minFreeBytes && largest.bytes > minFreeBytes;
      return isFull ? { key: largest.key, reason: fullReason } : undefined;
    },
  };
};

const overLimitReason = (limit: number): string =>
  `ended because the running commands use more than ${Math.floor(limit / 1024 ** 2)} MiB of disk (--limits disk=MIB), and this one the most`;

const fullReason = 'ended because the disk is full, and this command uses the most of it';

/** A hard link is counted for each of its names. */
const bytesIn = async (path: string): Promise<number> => {
  let directory: OpenDirectory;
  try {
    directory = await openBeneath(dirname(path), [basename(path)]);
  } catch {
    // It does not exist, or not any more.
    return 0;
  }
  return bytesBelow(directory, 0).finally(() => directory.close());
};

/** The unit of `blocks` on every system. */
const blockBytes = 512;

const bytesBelow = async (directory: OpenDirectory, depth: number): Promise<number> => {
  let bytes = 0;
  for (const { name, kind } of await entriesOf(directory).catch(() => [])) {
    const found = await lstat(directory.at(name)).catch(() => undefined);
    bytes += (found?.blocks ?? 0) * blockBytes;
    if (kind !== 'directory' || depth >= maxDepth) continue;
    const inner = await openIn(directory, name).catch(() => undefined);
    if (inner !== undefined) bytes += await bytesBelow(inner, depth + 1).finally(() => inner.close());
  }
  return bytes;
};
