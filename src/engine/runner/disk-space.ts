/** Whether the disk has room to start something. */
import { statfsSync } from 'node:fs';

/** The files of an attempt and its rows take a few blocks; below this, a start would only fail. */
const minFreeBytes = 512 * 1024;

/** @returns false if the file system does not say how much is free */
export const isDiskFull = (directory: string): boolean => {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(directory);
    // Some file systems do not count inodes, and report 0 of 0.
    return bavail * bsize < minFreeBytes || (files > 0 && ffree < 16);
  } catch {
    return false;
  }
};
