/** The status file of an attempt: whose it is, whether it has begun, and how it ended. `runner.sh` writes it. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export interface Status {
  /** The runner that has the attempt; undefined if an engine cancelled it, or if the file is still being written. */
  readonly runner: { readonly pid: number; readonly startTime: string } | undefined;
  readonly isCancelled: boolean;
  /** The process of the command; undefined until it begins. */
  readonly pid: number | undefined;
  /** The exit code; undefined while the command runs, or if the runner was killed. */
  readonly code: number | undefined;
}

const cancelled = 'cancelled';

/** @returns undefined if there is no such file */
export const readStatus = (file: string): Status | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  // A line without its end is still being written.
  const lines = text.split('\n').slice(0, -1);
  const wordsOf = (name: string): readonly string[] =>
    lines
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')
      .slice(1) ?? [];
  const [runnerPid, startTime = ''] = wordsOf('runner');
  return {
    runner: runnerPid === undefined ? undefined : { pid: Number(runnerPid), startTime },
    isCancelled: lines.includes(cancelled),
    pid: numberOf(wordsOf('pid')[0]),
    code: numberOf(wordsOf('exit')[0]),
  };
};

const numberOf = (word: string | undefined): number | undefined =>
  word === undefined || !/^\d+$/.test(word) ? undefined : Number(word);

/**
 * Cancels an attempt that no runner has begun, so that none ever will.
 * @returns false if the file exists: then a runner has the attempt, or it was cancelled before
 * @throws the system's error, if the disk is full for instance
 */
export const cancelAttempt = (file: string): boolean => {
  try {
    const fd = openSync(file, 'wx', 0o600);
    try {
      writeSync(fd, `${cancelled}\n`);
    } finally {
      closeSync(fd);
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};
