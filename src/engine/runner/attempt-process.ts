/** Makes the process of one attempt: its directory, its environment, its wrapper; and reads how it ended. */
import { renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Ending } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import type { Attempt } from '../store/attempts.ts';
import { type AttemptFiles, attemptFilesOf } from '../store/instance-files.ts';
import { cutLog, sizeOf } from './processes/log-ceiling.ts';
import { markerVariable } from './processes/process-table.ts';
import type { SpawnRequest } from './processes/spawner.ts';
import { layRunFile, readRunFile } from './processes/status-file.ts';
import { prepareAttempt as prepareCommand } from './workspace/prepare-attempt.ts';
import type { StartFault, TaskLaunch } from './workspace/task-launch.ts';

/** The marker of an attempt's processes. */
export const markerOfAttempt = (settings: EngineSettings, attempt: Attempt): string =>
  [settings.engineId, attempt.jobId, attempt.position, attempt.idx, attempt.attempt].join('.');

/**
 * What is to be run for an attempt: its wrapper, in its directory, with its variables. Whatever goes wrong is an
 * answer, never an exception: the command, its variables and the state of the machine are not the engine's to trust.
 */
export const prepareAttempt = (
  settings: EngineSettings,
  attempt: Attempt,
  launch: TaskLaunch,
): Omit<SpawnRequest, 'key'> | { readonly fault: StartFault } => {
  const files = attemptFilesOf(settings.dataDir, attempt);
  try {
    const marker = markerOfAttempt(settings, attempt);
    const variables = environmentOf(settings, attempt, launch, files);
    const command = prepareCommand(settings, launch, files, attempt.idx, variables, marker);
    layRunFile(files);
    const program = command.argv.slice(0, -2);
    const opened = command.args === undefined ? [] : openedBy(`${files.work}.args`, command.args);
    const env = command.isPlain ? variables : { ...settings.environment, [markerVariable]: marker };
    return {
      args: [files.work, command.argv.at(-1) ?? '', files.name, ...opened, ...program],
      cwd: files.work,
      env,
    };
  } catch (error) {
    return { fault: faultOf(error) };
  }
};

/** What opens the sandbox's arguments as descriptor 3. */
const openedBy = (file: string, args: Uint8Array): readonly string[] => {
  writeFileSync(file, args, { mode: 0o600 });
  return ['/bin/sh', '-c', 'exec "$@" 3<"$0"', file];
};

/** What the machine runs out of comes back; everything else will be the same the next time. */
const passing = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'EROFS', 'ETXTBSY']);

/** What a failed start means. */
export const faultOf = (error: unknown): StartFault => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return faultOfCode(code, error instanceof Error ? error.message : String(error));
};

/** What a start means that failed with a code of the system; empty where it was not the system. */
export const faultOfCode = (code: string, text: string): StartFault => {
  if (passing.has(code)) return { kind: 'defer', detail: text };
  if (code === 'E2BIG') {
    return {
      kind: 'unstartable',
      detail: 'the variables in EnvVars are larger than the system takes (E2BIG)',
    };
  }
  // What the system refuses has a code; the rest is a path of the submission that nobody could have.
  return { kind: 'unstartable', detail: code === '' ? text : `the process could not be started: ${text}` };
};

/**
 * The environment of a command: what the engine allows to be inherited, a home of its own, the task's EnvVars, and the
 * four documented variables, which EnvVars cannot replace
 * (https://cloud.tencent.com/document/product/599/11752).
 */
const environmentOf = (
  settings: EngineSettings,
  attempt: Attempt,
  launch: TaskLaunch,
  files: AttemptFiles,
): Record<string, string> => ({
  ...settings.environment,
  HOME: files.work,
  TMPDIR: files.work,
  PWD: files.work,
  ...Object.fromEntries(
    (launch.spec.EnvVars ?? [])
      // These would change the wrapper and the sandbox around the command, not the command.
      .filter(({ Name }) => !/^(LD_|DYLD_|BATCH_MCP_)/.test(Name))
      .map(({ Name, Value }) => [Name, Value]),
  ),
  BATCH_JOB_ID: attempt.jobId,
  BATCH_TASK_NAME: launch.name,
  BATCH_TASK_INSTANCE_NUM: String(launch.instances),
  BATCH_TASK_INSTANCE_INDEX: String(attempt.idx),
  [markerVariable]: markerOfAttempt(settings, attempt),
});

/**
 * How an attempt ended whose process is gone.
 * @param told the exit code as its parent saw it, 128 + n for signal n; undefined where it had no parent to tell
 */
export const endingOf = (files: AttemptFiles, told: number | undefined): Ending => {
  // Only a wrapper whose command ended so ends so itself.
  if (told === 0) return { kind: 'exited', code: 0 };
  const run = readRunFile(files);
  if (run?.code !== undefined) return { kind: 'exited', code: run.code };
  // The wrapper's first act failed: a disk that is full, most likely.
  if (told !== undefined && run !== undefined && run.pid === undefined) return { kind: 'not-begun' };
  // Its last act failed, or it was killed.
  if (told !== undefined) return { kind: 'exited', code: told };
  return { kind: 'lost', detail: 'lost: its process is gone and left no exit code' };
};

/**
 * Puts the streams of an ended attempt where they stay. A stream to which nothing was written stays where it is, to be
 * used again with its place.
 */
export const keepLogs = ({ written, stdout, stderr }: AttemptFiles): void => {
  keepLog(written.stdout, stdout);
  keepLog(written.stderr, stderr);
};

const keepLog = (from: string, to: string): void => {
  if (sizeOf(from) === 0) return;
  try {
    renameSync(from, to);
  } catch {
    // On a disk that is read-only now. A place that is not left empty is not used again, so nothing is mixed.
  }
};

/**
 * Takes away what an ended attempt no longer needs: as in the cloud, its machine with all that was on it is gone.
 * The logs stay below their ceiling. The place it ran in is its keeper's affair.
 */
export const clearAttempt = (settings: EngineSettings, files: AttemptFiles): void => {
  for (const file of [files.stdout, files.stderr]) {
    try {
      cutLog(file, settings.maxLogBytes);
    } catch {
      // Whatever the command has put there instead, it goes with the job.
    }
  }
  if (settings.sandbox.mode === 'bwrap')
    rm(files.places, { recursive: true, force: true }).catch(() => undefined);
};
