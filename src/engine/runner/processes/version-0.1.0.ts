/**
 * Attempts that 0.1.0 started and that still run: after an update, this version follows them to their end. 0.1.0 had
 * other files: the working directory had a separate name (`workName` in the store, which only these attempts have),
 * beside it were the streams, under other names, and a run file in place of the runner's record.
 */
import { appendFileSync, existsSync, linkSync, readFileSync } from 'node:fs';
import type { AttemptFiles } from '../../store/instance-files.ts';

/** Whether 0.1.0 started an attempt. */
export const isOfOldVersion = ({ workName }: { readonly workName?: string | undefined }): boolean =>
  workName !== undefined;

/**
 * The run file of 0.1.0, `<work directory>.run`: `# NAME`, then lines such as `NAME PID` (the wrapper has the attempt),
 * `NAME engine` (an engine has cancelled it) and `exit CODE`. Lines with another name belong to an earlier attempt.
 */
export interface RunFile {
  readonly isCancelled: boolean;
  readonly pid: number | undefined;
  readonly code: number | undefined;
}

/** @returns undefined if 0.1.0 did not start the attempt, or if its run file is not that of the attempt */
export const readRunFile = (files: AttemptFiles): RunFile | undefined => {
  try {
    const text = readFileSync(runFileOf(files), 'latin1');
    const [head, ...lines] = text.split('\n').slice(0, -1);
    if (head !== `# ${files.name}`) return undefined;
    const textAfter = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
    const owner = textAfter(files.name);
    const code = textAfter('exit');
    const pid = Number(owner);
    return {
      isCancelled: owner === 'engine',
      pid: Number.isSafeInteger(pid) && pid > 1 ? pid : undefined,
      code: code === undefined ? undefined : Number(code),
    };
  } catch {
    return undefined;
  }
};

const runFileOf = ({ work }: AttemptFiles): string => `${work}.run`;

/** Cancels such an attempt, unless a wrapper has it: the first line with its name decides. */
export const cancelOldAttempt = (files: AttemptFiles): boolean => {
  appendFileSync(runFileOf(files), `${files.name} engine\n`);
  return readRunFile(files)?.isCancelled === true;
};

/**
 * Makes the streams of such an attempt available under the names of this version. 0.1.0 wrote them beside the working
 * directory and renamed them at the end.
 */
export const linkOldStreams = (files: AttemptFiles): void => {
  for (const [from, to] of [
    [`${files.work}.out`, files.stdout],
    [`${files.work}.err`, files.stderr],
  ] as const) {
    try {
      if (existsSync(from) && !existsSync(to)) linkSync(from, to);
    } catch {
      // Without the link the log is empty; the attempt itself is not affected.
    }
  }
};

/** The files that 0.1.0 left beside the working directory. */
export const leftFilesOf = (files: AttemptFiles): readonly string[] =>
  ['run', 'out', 'err'].map((ending) => `${files.work}.${ending}`);
