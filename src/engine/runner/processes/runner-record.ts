/** The records of runners: which attempts each has run, and how they ended. `runner.sh` writes them. */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptKey } from '../backend.ts';

/** What a record says of an attempt. */
export interface RecordedAttempt {
  /** The runner that has, or had, the attempt. */
  readonly runner: { readonly pid: number; readonly startTime: string };
  /** The process of the command; undefined until it begins. */
  readonly pid: number | undefined;
  /** The exit code; undefined while the command runs, or if the runner was killed. */
  readonly code: number | undefined;
  /**
   * Whether the command was executed; false if its sandbox could not be built. bubblewrap writes the exit code of the
   * command to the record, for which the command itself has no file descriptor.
   */
  readonly wasExecuted: boolean;
}

/** What a record calls an attempt. */
export const recordedNameOf = (
  { jobId, position }: { readonly jobId: string; readonly position: number },
  { name }: { readonly name: string },
): string => join('jobs', jobId, String(position), name);

/**
 * Finds an attempt in a record.
 * @param name as `recordedNameOf` returns it
 * @returns undefined if the runner has never had the attempt
 * @throws the system's error, if the file cannot be read
 */
export const readRecord = (file: string, name: string): RecordedAttempt | undefined => {
  const text = readFileSync(file, 'latin1');
  const [, pid, startTime = ''] = /^runner (\d+) (.*)\n/.exec(text) ?? [];
  const start = text.lastIndexOf(`\nattempt ${name} `);
  if (pid === undefined || start === -1) return undefined;
  const next = text.indexOf('\nattempt ', start + 1);
  const lines = text.slice(start, next === -1 ? undefined : next + 1);
  // A line without its end is still being written.
  const numberIn = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(lines)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    runner: { pid: Number(pid), startTime },
    pid: numberIn(/\npid (\d+)\n/),
    code: numberIn(/\nexit (\d+)\n/),
    wasExecuted: !lines.startsWith(`\nattempt ${name} sandbox\n`) || lines.includes('\n{ "exit-code"'),
  };
};

/** The records in the data directory. Each is deleted when no attempt needs it any more. */
export interface RunnerRecords {
  /** Those of an earlier engine's runners. */
  readonly earlier: readonly string[];
  /** Creates the record of a new runner. @returns its path below the data directory */
  create(): string;
  /** Deletes the earlier records, except as long as the ends of these attempts are not stored. */
  deleteEarlierExceptFor(keys: readonly AttemptKey[]): void;
  /** The record is needed until the end of the attempt is stored. */
  need(file: string, key: AttemptKey): void;
  /** The end of an attempt is stored. */
  release(key: AttemptKey): void;
  /** The runner is gone. */
  close(file: string): void;
}

/** The directory of the records, in the data directory. */
const recordsDirectory = 'runners';

export const openRunnerRecords = (dataDir: string): RunnerRecords => {
  const directory = join(dataDir, recordsDirectory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const earlier = readdirSync(directory).map((name) => join(directory, name));
  const records = new Map<string, { readonly needs: Set<AttemptKey>; isClosed: boolean }>();
  const removeUnneeded = (): void => {
    for (const [file, { needs, isClosed }] of records) {
      if (!isClosed || needs.size > 0) continue;
      rmSync(file, { force: true });
      records.delete(file);
    }
  };
  return {
    earlier,
    create: () => {
      const file = createFile(directory);
      records.set(file, { needs: new Set(), isClosed: false });
      return file;
    },
    deleteEarlierExceptFor: (keys) => {
      for (const file of earlier) records.set(file, { needs: new Set(keys), isClosed: true });
      removeUnneeded();
    },
    need: (file, key) => records.get(file)?.needs.add(key),
    release: (key) => {
      for (const { needs } of records.values()) needs.delete(key);
      removeUnneeded();
    },
    close: (file) => {
      const record = records.get(file);
      if (record !== undefined) record.isClosed = true;
      removeUnneeded();
    },
  };
};

/** Creates an empty file with the first number that is free as its name. */
const createFile = (directory: string): string => {
  for (let number = 1; ; number += 1) {
    const file = join(directory, String(number));
    try {
      closeSync(openSync(file, 'wx', 0o600));
      return file;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
};
