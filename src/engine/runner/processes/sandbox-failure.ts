/** Tells a sandbox that could not be started from a command that failed. */
import { statSync } from 'node:fs';
import { type AttemptFiles, readTail } from '../../store/instance-files.ts';

/** Longer output is that of a command; the programs of the sandbox write one line. */
const maxBytes = 500;

/**
 * The programs that build a sandbox end with 1 after one line with their name, before the command writes anything. A
 * command that does the same is taken for them, and is started again as after other failures of the machine.
 * @returns the reason; undefined where the command itself ended
 */
export const sandboxFailureOf = (files: AttemptFiles, code: number): string | undefined => {
  if (code !== 1 || sizeOf(files.stdout) > 0 || sizeOf(files.stderr) > maxBytes) return undefined;
  const text = readTail(files.stderr).toString('utf8').trim();
  return /^(bwrap|setpriv): [^\n]*$/.test(text) ? `the sandbox could not be started: ${text}` : undefined;
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
