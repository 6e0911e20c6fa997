/** Makes the process of one attempt: its directory, its environment, its wrapper; and reads how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { InputOf } from '../../catalogue/index.ts';
import type { Ending } from '../model/scheduler.ts';
import type { EngineSettings } from '../settings.ts';
import type { Attempt } from '../store/attempts.ts';
import { type AttemptFiles, attemptFilesOf } from '../store/instance-files.ts';
import { markerVariable } from './process-table.ts';
import { wrapperScript } from './wrapper.ts';

/** A task as it was submitted. */
export type TaskSpec = InputOf<'SubmitJob'>['Job']['Tasks'][number];

/** What one task needs to be started, made once and kept while its instances run. */
export interface TaskLaunch {
  readonly name: string;
  readonly spec: TaskSpec;
  readonly instances: number;
}

/** An attempt cannot be started, now (`defer`) or at all. */
export type StartFault = { readonly kind: 'defer' | 'unstartable'; readonly detail: string };

export type Started =
  | { readonly child: ChildProcess; readonly files: AttemptFiles }
  | { readonly fault: StartFault; readonly files: AttemptFiles };

/** The marker of an attempt's processes. */
export const markerOfAttempt = (settings: EngineSettings, attempt: Attempt): string =>
  [settings.engineId, attempt.jobId, attempt.position, attempt.idx, attempt.attempt].join('.');

/**
 * Starts the wrapper of an attempt. Whatever goes wrong is an answer, never an exception: the command, its
 * variables and the state of the machine are not the engine's to trust.
 */
export const startAttempt = (settings: EngineSettings, attempt: Attempt, launch: TaskLaunch): Started => {
  const files = attemptFilesOf(settings.dataDir, attempt);
  try {
    const command = commandFileOf(files, launch.spec);
    makeDirectory(files.work);
    const child = spawn('/bin/sh', ['-c', wrapperScript(settings.limits), 'batch', files.base, command], {
      cwd: files.work,
      env: environmentOf(settings, attempt, launch, files),
      // Its own group and session: the signals of a terminal do not reach it, and its tree can be ended as one.
      detached: true,
      stdio: 'ignore',
      windowsHide: true,
    });
    return { child, files };
  } catch (error) {
    return { fault: faultOf(error), files };
  }
};

/** What the machine runs out of comes back; everything else will be the same the next time. */
const passing = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'EROFS', 'ETXTBSY']);

/** What a failed start means. */
export const faultOf = (error: unknown): StartFault => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = error instanceof Error ? error.message : String(error);
  if (passing.has(code)) return { kind: 'defer', detail: text };
  if (code === 'E2BIG') {
    return {
      kind: 'unstartable',
      detail: 'the variables in EnvVars are larger than the system takes (E2BIG)',
    };
  }
  return { kind: 'unstartable', detail: `the process could not be started: ${text}` };
};

const makeDirectory = (directory: string): void => {
  try {
    mkdirSync(directory);
  } catch (error) {
    // The directory of the task is made once; trying first saves a call for every instance.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    mkdirSync(directory, { recursive: true });
  }
};

/**
 * The file with the task's command, written once. A command is a file because an argument may have 128 KiB at most.
 * Several `Commands` run one after the other; the first that fails ends them.
 */
const commandFileOf = (files: AttemptFiles, spec: TaskSpec): string => {
  const directory = dirname(files.base);
  const file = join(directory, 'command');
  try {
    // Reading a byte count of an existing file is cheaper than writing it anew for each of many instances.
    readFileSync(`${file}.ready`);
    return file;
  } catch {
    const { Command, Commands } = spec.Application;
    const text =
      Commands === undefined || Commands === null || Commands.length === 0
        ? `${Command ?? ''}\n`
        : Commands.map((line) => `(\n${line.Command}\n) || exit $?\n`).join('');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    writeFileSync(`${file}.ready`, '');
    return file;
  }
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
): NodeJS.ProcessEnv => ({
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

/** The exit code the wrapper wrote, or undefined: it wrote none, or is still writing. */
export const exitCodeOf = (files: AttemptFiles): number | undefined => {
  try {
    const text = readFileSync(files.exit, 'latin1');
    return /^\d+\n$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
};

/** How an attempt ended whose process is gone. */
export const endingOf = (files: AttemptFiles, signalNumber: number | undefined): Ending => {
  const code = exitCodeOf(files);
  if (code !== undefined) return { kind: 'exited', code };
  if (signalNumber !== undefined) return { kind: 'exited', code: 128 + signalNumber };
  return { kind: 'lost', detail: 'lost: its process is gone and left no exit code' };
};

/**
 * Takes away what an ended attempt no longer needs: as in the cloud, its machine with its working directory is gone.
 * The logs stay, unless they are empty.
 */
export const clearAttempt = (files: AttemptFiles, isEmpty: (file: string) => boolean): void => {
  // The job may have been deleted in the meantime, so nothing here insists that a file is there.
  for (const file of [files.claim, files.exit]) rmSync(file, { force: true });
  for (const file of [files.stdout, files.stderr]) if (isEmpty(file)) rmSync(file, { force: true });
  if (basename(files.work) !== '') rmSync(files.work, { recursive: true, force: true });
};
