/** The places attempts run in, used again while they are left empty: making and removing one costs more than a short command. */
import { lstatSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { maxReady } from '../ahead.ts';

/** A place is a working directory with the files beside it that have its name. */
export interface WorkDirectories {
  /** The name of an empty place of a task, or undefined: a new one is needed. */
  take(task: number): string | undefined;
  /**
   * Gives the place of an ended attempt back: kept if it is empty and as it was made, removed otherwise.
   * @param isLeft whether nothing that outlived the attempt can still write to its streams
   */
  give(task: number, files: AttemptFiles, isLeft: boolean): void;
}

/** Those of attempts that run or stand ready, and of as many that have just ended. */
export const createWorkDirectories = (slots: number): WorkDirectories => {
  const free = new Map<number, string[]>();
  return {
    take: (task) => free.get(task)?.pop(),
    give: (task, files, isLeft) => {
      const names = free.get(task) ?? [];
      if (isLeft && names.length < 2 * (slots + maxReady(slots)) && isAsMade(files)) {
        // Tasks run one after another; what an earlier one left is removed with its job.
        if (free.size > slots) free.clear();
        free.set(task, [...names, basename(files.work)]);
        return;
      }
      // Nobody waits for it, and what cannot be removed now goes with the job.
      const { work, run, written } = files;
      for (const path of [work, run, written.stdout, written.stderr])
        rm(path, { recursive: true, force: true }).catch(() => undefined);
    },
  };
};

/** Empty, and with the rights it was made with. */
const isAsMade = ({ work, written, run }: AttemptFiles): boolean => {
  try {
    const { mode } = lstatSync(work);
    return (
      (mode & 0o777) === workMode &&
      readdirSync(work).length === 0 &&
      [written.stdout, written.stderr].every((file) => isPlain(file, 0)) &&
      isPlain(run, Number.POSITIVE_INFINITY)
    );
  } catch {
    return false;
  }
};

/** A file that nobody has put in the place of another, or linked to from elsewhere. */
const isPlain = (file: string, maxBytes: number): boolean => {
  const found = lstatSync(file);
  return found.isFile() && found.nlink === 1 && found.size <= maxBytes;
};

/** A working directory belongs to its command alone. */
export const workMode = 0o700;
