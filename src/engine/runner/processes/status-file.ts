/** The file in which an attempt has its owner, once and for all, and the exit code. */
import {
  appendFileSync,
  closeSync,
  constants,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import type { AttemptFiles } from '../../store/instance-files.ts';

/** What the run file tells. */
export interface RunFile {
  /** Whether an engine took the attempt, so that no wrapper can begin. */
  readonly isEngines: boolean;
  /** The wrapper's process; undefined where none has begun. */
  readonly pid: number | undefined;
  /** The exit code; undefined while the command runs, or where its wrapper was killed. */
  readonly code: number | undefined;
}

/** A line is shorter than a hundred bytes, and there are few. */
const maxBytes = 65_536;

/** What an engine writes in place of a number. */
const engineClaim = 'engine';

/**
 * Gives the file to an attempt: `# NAME`. What follows is added by others, each line in one go: the first `NAME OWNER`
 * says whose the attempt is, a wrapper's with its number or an engine's; the wrapper's last act is `exit CODE`.
 * Lines with another name come from a wrapper that was late for an earlier attempt, and mean nothing.
 * The file is one that an earlier attempt has left, if there is one. It is not made anew, because a file system that
 * takes care not to reuse what was just deleted needs a millisecond to find room for the next; nor emptied, because
 * what is written after that is brought to the disk at once.
 * @throws Error as the system does: a full disk, most likely
 */
export const layRunFile = (files: AttemptFiles): void => {
  const file = openSync(files.run, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    ftruncateSync(file, 1);
    writeSync(file, `${headOf(files)}\n`, 0);
  } finally {
    closeSync(file);
  }
};

const headOf = ({ name }: AttemptFiles): string => `# ${name}`;

/** Reads the run file; undefined where it is not this attempt's. A line without its end is still being written. */
export const readRunFile = (files: AttemptFiles): RunFile | undefined => {
  try {
    return lookAt(files);
  } catch {
    return undefined;
  }
};

/** The same. @throws Error where the file is there, as far as is known, and cannot be looked at */
const lookAt = (files: AttemptFiles): RunFile | undefined => {
  const found = lstatSync(files.run, { throwIfNoEntry: false });
  // A command can put something else in its place, a pipe for instance, whose reading would never end.
  if (!found?.isFile() || found.size > maxBytes) return undefined;
  const text = readFileSync(files.run, 'latin1');
  const [head, ...lines] = text.split('\n').slice(0, -1);
  if (head !== headOf(files)) return undefined;
  const wordsBehind = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
  const owner = wordsBehind(files.name);
  const code = wordsBehind('exit');
  const pid = Number(owner);
  return {
    isEngines: owner === engineClaim,
    pid: Number.isSafeInteger(pid) && pid > 1 ? pid : undefined,
    code: code === undefined ? undefined : Number(code),
  };
};

/**
 * Takes an attempt for the engine, unless a wrapper has it.
 * @returns whether no wrapper has begun, nor ever will
 */
export const claimRunFile = (files: AttemptFiles): boolean => {
  try {
    // A file that names another attempt, or none, was never laid for this one, and then nothing was asked to begin.
    if (lookAt(files) === undefined) return true;
    appendFileSync(files.run, `${files.name} ${engineClaim}\n`);
  } catch {
    // A full disk, or no room for another open file: what the file says now decides, and nothing is no.
  }
  return readRunFile(files)?.isEngines === true;
};
