/** The limits that commands get, with defaults that depend on this machine. */
import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { EngineSettings, ProcessLimits } from '../../settings.ts';

/** Enough for a parallel build or a Java program, far below what a machine runs out of. */
const defaultProcessesPerSlot = 512;

/** Leaves room for the database, the logs, and everything else on the disk. */
const defaultDiskShare = 1 / 2;

/**
 * Fills in what the operator did not set.
 * - `processes`: the system counts the processes and threads of a user, so that those of the engine's own user, who may
 *   have a desktop, are added.
 * - `memoryBytes`: one process gets no more than the machine has.
 * - `diskBytes`: half of what is free now.
 */
export const appliedLimitsOf = ({ filesDir, limits, sandbox, slots }: EngineSettings): ProcessLimits => {
  const others = sandbox.user === undefined ? threadsOfUser() : 0;
  return {
    ...limits,
    processes: (limits.processes ?? defaultProcessesPerSlot * Math.max(2, slots)) + others,
    memoryBytes: limits.memoryBytes ?? memoryOfMachine(),
    diskBytes: limits.diskBytes ?? freeBytesOf(filesDir) * defaultDiskShare,
  };
};

/** A container may have less than its machine. */
const memoryOfMachine = (): number => Math.min(totalmem(), process.constrainedMemory?.() || totalmem());

/** Bytes that this user can still write to the file system of a directory; infinite where it does not say. */
export const freeBytesOf = (directory: string): number => {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
};

/** Processes and threads of the engine's user; 0 on systems without `/proc`. */
const threadsOfUser = (): number => {
  const uid = process.geteuid?.();
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .reduce((sum, pid) => sum + threadsOf(pid, uid), 0);
  } catch {
    return 0;
  }
};

const threadsOf = (pid: string, uid: number | undefined): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const owner = Number(/^Uid:\t(\d+)/m.exec(status)?.[1]);
    return owner === uid ? Number(/^Threads:\t(\d+)/m.exec(status)?.[1] ?? 1) : 0;
  } catch {
    // It ended meanwhile.
    return 0;
  }
};
