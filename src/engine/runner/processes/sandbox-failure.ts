/** Tells a sandbox that could not be built from a command that failed. */
import type { Ending } from '../../model/scheduler.ts';
import { type AttemptFiles, readTail } from '../../store/instance-files.ts';
import type { RecordedAttempt } from './runner-record.ts';

/** What the programs that build a sandbox end with. */
const failureCode = 1;

/**
 * How a command that ran to its end has ended.
 * @param find reads the record of the attempt; it is needed only where the sandbox may have failed
 */
export const endingOfCode = (
  files: AttemptFiles,
  code: number,
  find: () => Pick<RecordedAttempt, 'wasExecuted'> | undefined,
): Ending => {
  if (code !== failureCode || find()?.wasExecuted !== false) return { kind: 'exited', code };
  const reason = readTail(files.stderr).toString('utf8').trim();
  return { kind: 'machine-failure', detail: `the sandbox could not be started: ${reason}` };
};
