/** What became of an attempt of which nobody has told: from its run file and the process table. */
import type { Ending } from '../../model/scheduler.ts';
import type { EngineSettings } from '../../settings.ts';
import type { Attempt } from '../../store/attempts.ts';
import { type AttemptFiles, attemptFilesOf } from '../../store/instance-files.ts';
import { markerOfAttempt } from '../attempt-process.ts';
import { birthOf, markedProcesses, markerOf } from './process-table.ts';
import { claimRunFile, readRunFile } from './status-file.ts';

/** What is known of an attempt from its files and its process alone. */
export type Found =
  | { readonly kind: 'alive'; readonly pid: number; readonly birth: string }
  | { readonly kind: 'ended'; readonly ending: Ending };

/** Finds out what became of an attempt whose end nobody has told. An attempt that had not begun never will. */
export const findAttempt = (settings: EngineSettings, attempt: Attempt): Found => {
  const files = attemptFilesOf(settings.dataDir, attempt);
  const run = readRunFile(files);
  if (run?.code !== undefined) return endedWith(run.code);
  if (attempt.state === 'STARTING' && (run === undefined || run.pid === undefined)) {
    // A wrapper that starts only now finds the attempt taken and does nothing.
    if (claimRunFile(files)) return { kind: 'ended', ending: { kind: 'not-begun' } };
  }
  const found = processOf(settings, attempt, files);
  if (found !== undefined) return { kind: 'alive', ...found };
  // It may have ended between the first look and this one.
  const code = readRunFile(files)?.code;
  if (code !== undefined) return endedWith(code);
  // A wrapper that was killed before it had written its number had not begun the command.
  if (attempt.state === 'STARTING' && readRunFile(files)?.pid === undefined) {
    return { kind: 'ended', ending: { kind: 'not-begun' } };
  }
  const detail = 'lost: its process ended while the engine was not running';
  return { kind: 'ended', ending: { kind: 'lost', detail } };
};

const endedWith = (code: number): Found => ({ kind: 'ended', ending: { kind: 'exited', code } });

/**
 * The living process of an attempt: by the birth in its row, or, when the engine died before it wrote the row, by its
 * marker. The wrapper is the oldest of those that carry it.
 */
const processOf = (
  settings: EngineSettings,
  attempt: Attempt,
  files: AttemptFiles,
): { readonly pid: number; readonly birth: string } | undefined => {
  const marker = markerOfAttempt(settings, attempt);
  const pid = attempt.pid ?? readRunFile(files)?.pid ?? oldestOf(settings.engineId, marker);
  const birth = pid === undefined ? undefined : birthOf(pid);
  if (pid === undefined || birth === undefined) return undefined;
  const isSame = attempt.pidBirth === undefined ? markerOf(pid) === marker : attempt.pidBirth === birth;
  return isSame ? { pid, birth } : undefined;
};

const oldestOf = (engineId: string, marker: string): number | undefined =>
  markedProcesses(engineId)
    .filter((process) => process.marker === marker)
    .map(({ pid }) => pid)
    .sort((one, other) => one - other)[0];
