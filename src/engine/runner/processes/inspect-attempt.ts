/** Determines what became of an attempt that nothing reports on: from the records of runners and the process table. */
import type { Ending } from '../../model/scheduler.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { isAlive, processIdentity, startTimeOf } from './process-table.ts';
import { type RecordedAttempt, readRecord, recordedNameOf } from './runner-record.ts';
import { endingOfCode } from './sandbox-failure.ts';
import { cancelOldAttempt, isOfOldVersion, readRunFile } from './version-0.1.0.ts';

export type Inspection =
  /** It is running, or about to; `pid` is undefined until it begins. */
  | { readonly kind: 'alive'; readonly pid: number | undefined }
  /** Its runner is gone. `pid` is the process of its command, which may still run, but whose exit code nothing reports. */
  | { readonly kind: 'ended'; readonly ending: Ending; readonly pid?: number };

const lost = 'lost: its runner is gone, so its exit code is unknown';

/**
 * Inspects an attempt of an earlier engine, or of a runner that is gone.
 * @param records of the runners that may have it
 * @throws the system's error, if a record cannot be read; then inspect it again later
 */
export const inspectAttempt = (
  attempt: Attempt,
  files: AttemptFiles,
  records: readonly string[],
): Inspection => {
  if (isOfOldVersion(attempt)) return inspectOldAttempt(attempt, files);
  const name = recordedNameOf(attempt, files);
  const find = (): RecordedAttempt | undefined => {
    for (const record of records) {
      const found = readRecord(record, name);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const found = find();
  // A runner that takes it now ends by SIGPIPE before the command begins, because its engine is gone.
  if (found === undefined) return notBegun;
  if (found.code !== undefined) return endedOf(found, files);
  if (isAlive(processIdentity(found.runner.pid, found.runner.startTime)))
    return { kind: 'alive', pid: found.pid };
  // It may have written the code, or begun, and then gone, since the record was read.
  return endedOf(find() ?? found, files);
};

const notBegun: Inspection = { kind: 'ended', ending: { kind: 'not-begun' } };

/** A code without a process is that of a runner that could not report the start, because its engine was gone. */
const endedOf = (recorded: RecordedAttempt, files: AttemptFiles): Inspection => {
  const { pid, code } = recorded;
  if (pid === undefined) return notBegun;
  if (code !== undefined) return { kind: 'ended', ending: endingOfCode(files, code, () => recorded) };
  return { kind: 'ended', ending: { kind: 'machine-failure', detail: lost }, pid };
};

const inspectOldAttempt = (attempt: Attempt, files: AttemptFiles): Inspection => {
  const before = readRunFile(files);
  if (before?.code !== undefined) return { kind: 'ended', ending: { kind: 'exited', code: before.code } };
  if (before !== undefined && before.pid === undefined && cancelOldAttempt(files)) return notBegun;
  const pid = readRunFile(files)?.pid;
  // An engine that crashed before it recorded the identity of the process leaves only its number.
  const isRunning = (number: number): boolean =>
    attempt.backendId === undefined ? startTimeOf(number) !== undefined : isAlive(attempt.backendId);
  if (pid !== undefined && isRunning(pid)) return { kind: 'alive', pid };
  // It may have ended since the file was read.
  const code = readRunFile(files)?.code;
  if (code !== undefined) return { kind: 'ended', ending: { kind: 'exited', code } };
  if (before === undefined && attempt.backendId === undefined) return notBegun;
  // 0.1.0 counted a lost attempt as a failed one.
  return { kind: 'ended', ending: { kind: 'failed', detail: lost } };
};
