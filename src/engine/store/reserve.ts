/** Disk space held back for the database, so that the end of an attempt can be recorded on a full disk. */
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';

export interface Reserve {
  /** Frees the space. @returns whether there was any to free */
  release(): boolean;
  /**
   * Holds the space again, if there is room.
   * @param isFull whether the disk has no room for anything else
   * @returns whether it is held
   */
  restore(isFull: () => boolean): boolean;
}

/** Room for a write-ahead log of 250 pages: the termination of a job changes a page or two for each active instance. */
const reserveBytes = 1024 ** 2;

/** Creates the file that holds the space, beside the database. */
export const createReserve = (databaseFile: string): Reserve => {
  const file = `${databaseFile}.reserve`;
  const restore: Reserve['restore'] = (isFull) => {
    if (statSync(file, { throwIfNoEntry: false })?.size === reserveBytes) return true;
    try {
      const fd = openSync(file, 'w', 0o600);
      try {
        // A file of zeros that are really written occupies space; one that is only extended does not.
        for (let done = 0; done < reserveBytes; ) done += writeSync(fd, Buffer.alloc(reserveBytes - done));
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      return !isFull();
    } catch {
      // Half a reserve would take room from those who need it now.
      rmSync(file, { force: true });
      return false;
    }
  };
  restore(() => false);
  return {
    release: () => {
      const isHeld = statSync(file, { throwIfNoEntry: false }) !== undefined;
      rmSync(file, { force: true });
      return isHeld;
    },
    restore,
  };
};
