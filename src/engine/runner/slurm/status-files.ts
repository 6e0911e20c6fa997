/** The directory of a submission on the shared file system: what its elements run, and their status. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ElementStatus, noStatus } from './verdict.ts';

/** The directory of all submissions, in the working directory of the cluster. */
export const submissionsDirectory = 'submissions';

/** @param token made by the engine */
export const submissionDirOf = (workDir: string, token: string): string =>
  join(workDir, submissionsDirectory, token);

/** What `element.sh` runs; all parts are made by the engine. */
export interface ElementLine {
  readonly timeoutSeconds: number;
  readonly kind: 'script' | 'sandbox';
  readonly directory: string;
  readonly name: string;
  readonly launch: string;
}

/** Elements in a file: `element.sh` reads the lines before that of its element, byte by byte. */
const elementsPerFile = 16;

/** Writes what the elements of a submission run. @throws the system's error */
export const writeElements = (directory: string, elements: readonly ElementLine[]): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lines = elements.map((line) =>
    [line.timeoutSeconds, line.kind, line.directory, line.name, line.launch].join(' '),
  );
  for (let first = 0; first < lines.length; first += elementsPerFile) {
    const text = lines.slice(first, first + elementsPerFile).map((line) => `${line}\n`);
    writeFileSync(join(directory, `elements.${first / elementsPerFile}`), text.join(''), { mode: 0o600 });
  }
};

/**
 * Reads the status of all elements that have one: one directory, however many elements.
 * @throws the system's error, if the directory cannot be read
 */
export const readStatuses = (directory: string): ReadonlyMap<number, ElementStatus> =>
  statusesOf(readdirSync(directory));

/** The statuses from the names of the files. */
export const statusesOf = (names: readonly string[]): ReadonlyMap<number, ElementStatus> => {
  const statuses = new Map<number, ElementStatus>();
  for (const name of names) {
    const [, number, kind, code] =
      /^(\d+)\.(?:(run|cancelled|faulty|timeout|signalled|again)|exit\.(\d+))$/.exec(name) ?? [];
    if (number === undefined) continue;
    const before = statuses.get(Number(number)) ?? noStatus;
    statuses.set(
      Number(number),
      code === undefined ? withFile(before, kind) : { ...before, code: Number(code) },
    );
  }
  return statuses;
};

const withFile = (status: ElementStatus, kind: string | undefined): ElementStatus => {
  switch (kind) {
    case 'run':
      return { ...status, hasBegun: true };
    case 'cancelled':
      return { ...status, isCancelled: true };
    case 'faulty':
      return { ...status, isFaulty: true };
    case 'timeout':
      return { ...status, isTimedOut: true };
    case 'signalled':
      return { ...status, isSignalled: true };
    default:
      return { ...status, isRepeated: true };
  }
};

/**
 * Claims an element for the engine, so that it never begins.
 * @returns false if it has begun
 * @throws the system's error
 */
export const cancelElement = (directory: string, number: number): boolean => {
  try {
    writeFileSync(join(directory, `${number}.run`), '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(directory, `${number}.cancelled`), '', { mode: 0o600 });
  return true;
};

/** Asks the wrapper of an element that has begun to end its command; it checks with every beat. */
export const requestElementStop = (directory: string, number: number): void => {
  writeFileSync(join(directory, `${number}.stop`), '', { mode: 0o600 });
};

/** What the wrapper wrote last; empty before the first beat. */
export const readBeat = (directory: string, number: number): string => {
  try {
    return readFileSync(join(directory, `${number}.beat`), 'utf8');
  } catch {
    return '';
  }
};
