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
  /** Name of the place it runs in, where it is not the attempt's own: one that was left empty is used again. */
  readonly work?: string | null | undefined;
}

/** The directory of a job; deleting the job deletes it. */
export const jobDirOf = (dataDir: string, jobId: string): string => join(dataDir, 'jobs', jobId);

/** The directory of a task: its command, and the files of its attempts. */
export const taskDirOf = (dataDir: string, name: Pick<AttemptName, 'jobId' | 'position'>): string =>
  join(jobDirOf(dataDir, name.jobId), String(name.position));

export interface AttemptFiles {
  /** Names the attempt in its task. */
  readonly name: string;
  /** The command's working directory. With an ending it names what the wrapper writes; see `run` and `written`. */
  readonly work: string;
  /** What the command writes to places of its own, such as `/data/output`. */
  readonly places: string;
  /** The streams, once the attempt has ended; a stream to which nothing was written has none. */
  readonly stdout: string;
  readonly stderr: string;
  /** The streams while they are written. */
  readonly written: { readonly stdout: string; readonly stderr: string };
  /** Says whose the attempt is, and how it ended: `run/run-file.ts`. */
  readonly run: string;
}

/** The files of one attempt. They lie beside the working directory, not in it. */
export const attemptFilesOf = (dataDir: string, name: AttemptName): AttemptFiles => {
  const directory = taskDirOf(dataDir, name);
  const attempt = `${name.idx}.${name.attempt}`;
  const own = join(directory, attempt);
  const work = join(directory, name.work ?? `${attempt}.work`);
  return {
    name: attempt,
    work,
    places: `${own}.places`,
    stdout: `${own}.out`,
    stderr: `${own}.err`,
    written: { stdout: `${work}.out`, stderr: `${work}.err` },
    run: `${work}.run`,
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
