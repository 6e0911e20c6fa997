/** Where the files of an instance lie, and how the end of its output is read. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Names an attempt. Every part is made by the engine, so no path is ever built from a caller's words. */
export interface AttemptName {
  readonly jobId: string;
  /** Position of the task in its job. */
  readonly position: number;
  readonly idx: number;
  readonly attempt: number;
  /** Name of the working directory, where it is not the attempt's own: an empty one is used again. */
  readonly work?: string | null | undefined;
}

/** The directory of a job; deleting the job deletes it. */
export const jobDirOf = (dataDir: string, jobId: string): string => join(dataDir, 'jobs', jobId);

/** The directory of a task: its command, and the files of its attempts. */
export const taskDirOf = (dataDir: string, name: Pick<AttemptName, 'jobId' | 'position'>): string =>
  join(jobDirOf(dataDir, name.jobId), String(name.position));

/** The name of an attempt's own working directory. */
export const workNameOf = (name: Pick<AttemptName, 'idx' | 'attempt'>): string =>
  `${name.idx}.${name.attempt}`;

export interface AttemptFiles {
  /** What the wrapper script is given; the others are this with an ending. */
  readonly base: string;
  /** The command's working directory. */
  readonly work: string;
  /** What the command writes to places of its own, such as `/data/output`. */
  readonly places: string;
  readonly stdout: string;
  readonly stderr: string;
  /**
   * Made by whoever owns the attempt, once: the number of the wrapper's process, or `engine` where an engine made it
   * so that none can begin. The wrapper's last act is to add a line with the exit code.
   */
  readonly run: string;
}

/** The files of one attempt. They lie beside the working directory, not in it. */
export const attemptFilesOf = (dataDir: string, name: AttemptName): AttemptFiles => {
  const directory = taskDirOf(dataDir, name);
  const base = join(directory, workNameOf(name));
  return {
    base,
    work: name.work ? join(directory, name.work) : base,
    places: `${base}.places`,
    stdout: `${base}.out`,
    stderr: `${base}.err`,
    run: `${base}.run`,
  };
};

/** The most bytes of a stream that the API shows (https://www.tencentcloud.com/document/product/599/13893). */
export const shownLogBytes = 2048;

/**
 * The last bytes of a file, beginning at a whole UTF-8 character.
 * @returns an empty buffer for a file that is not there: an instance that wrote nothing has none
 */
export const readTail = (file: string, most: number = shownLogBytes): Buffer => {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, most));
    const start = size - buffer.length;
    const tail = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, start));
    return start === 0 ? tail : tail.subarray(cutOf(tail));
  } finally {
    closeSync(fd);
  }
};

/** How many bytes at the front belong to a character whose beginning was cut off: 0 to 3. */
const cutOf = (bytes: Buffer): number => {
  let cut = 0;
  // Bytes 10xxxxxx continue a character; more than three in a row are not UTF-8, and then nothing is cut.
  while (cut < 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut += 1;
  return cut === 4 ? 0 : cut;
};
