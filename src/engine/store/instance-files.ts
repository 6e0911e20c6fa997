/** Where the files of an attempt are, and how the end of its output is read. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { logMarkLength, logMarkOffset, missingBytesOf } from '../model/log-mark.ts';

/** Names an attempt. The engine makes every part, so no path is ever built from text of a caller. */
export interface AttemptName {
  readonly jobId: string;
  /** Position of the task in its job. */
  readonly position: number;
  readonly index: number;
  readonly attempt: number;
  /** The name of the working directory, of an attempt that 0.1.0 started. */
  readonly workName?: string | undefined;
}

/** The directory of a job; deleting the job deletes it. */
export const jobDirOf = (filesDir: string, jobId: string): string => join(filesDir, 'jobs', jobId);

/** The directory of a task: its command, and the files of its attempts. */
export const taskDirOf = (filesDir: string, name: Pick<AttemptName, 'jobId' | 'position'>): string =>
  join(jobDirOf(filesDir, name.jobId), String(name.position));

/** The files of one attempt, all in the directory of its task. */
export interface AttemptFiles {
  /** The directory of the task. */
  readonly directory: string;
  /** Names the attempt in its task: `<index>.<attempt>`. */
  readonly name: string;
  /** The working directory of the command. */
  readonly work: string;
  /** Holds what the command writes to other directories, such as `/data/output`. */
  readonly scratch: string;
  readonly stdout: string;
  readonly stderr: string;
  /** How it is launched in a sandbox or a container. Holds the variables of the task. */
  readonly launch: string;
}

export const attemptFilesOf = (filesDir: string, attempt: AttemptName): AttemptFiles => {
  const directory = taskDirOf(filesDir, attempt);
  const name = `${attempt.index}.${attempt.attempt}`;
  const file = (ending: string): string => join(directory, `${name}.${ending}`);
  return {
    directory,
    name,
    work: attempt.workName === undefined ? file('work') : join(directory, attempt.workName),
    // 0.1.0 named it `places`.
    scratch: file(attempt.workName === undefined ? 'scratch' : 'places'),
    stdout: file('out'),
    stderr: file('err'),
    launch: file('launch'),
  };
};

/** The last bytes of a stream that the API returns (https://www.tencentcloud.com/document/product/599/13893). */
const shownLogBytes = 2048;

/**
 * The last bytes of a file, starting at a whole UTF-8 character.
 * @returns an empty buffer if there is no such file
 */
export const readTail = (file: string, max: number = shownLogBytes): Buffer => {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, max));
    const start = size - buffer.length;
    const tail = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, start));
    return start === 0 ? tail : tail.subarray(cutOf(tail));
  } finally {
    closeSync(fd);
  }
};

/** How many bytes at the front belong to a character that was cut: 0 to 3. */
const cutOf = (bytes: Buffer): number => {
  let cut = 0;
  // Bytes 10xxxxxx continue a character; more than three in a row are not UTF-8, so nothing is cut.
  while (cut < 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut += 1;
  return cut === 4 ? 0 : cut;
};

/** How long a stream is, and what was cut out of it. */
export interface LogSize {
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes that are missing, and where; absent where the file is complete. */
  readonly cut?: { readonly missing: number; readonly offset: number };
}

/**
 * @param max the limit that the engine cuts logs to
 * @returns size 0 where there is no file
 */
export const logSizeOf = (file: string, max: number): LogSize => {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return { size: 0 };
  }
  try {
    const { size } = fstatSync(fd);
    const offset = logMarkOffset(max);
    const mark = Buffer.alloc(logMarkLength);
    readSync(fd, mark, 0, logMarkLength, offset);
    const missing = missingBytesOf(mark.toString('latin1'));
    return { size, ...(missing !== undefined && { cut: { missing, offset } }) };
  } finally {
    closeSync(fd);
  }
};
