/** Prepares what a runner needs for one attempt: workspace, environment, launch file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ending } from '../../model/scheduler.ts';
import type { EngineSettings } from '../../settings.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { prepareAttempt } from '../workspace/prepare-attempt.ts';
import type { TaskLaunch } from '../workspace/task-launch.ts';
import { launchScriptOf } from './launch-file.ts';
import { markerVariable } from './process-table.ts';
import type { RunnerJob } from './runner-pool.ts';

/** The marker in the environment of the processes of an attempt. */
export const markerOfAttempt = (settings: EngineSettings, attempt: Attempt): string =>
  [settings.engineId, attempt.jobId, attempt.position, attempt.index, attempt.attempt].join('.');

/**
 * Prepares an attempt. A failure is returned, never thrown: it comes from the submission or from the machine.
 * @param setsid the program that gives the command its process group; undefined where there is none
 * @returns what the runner is to run, or why the attempt cannot be started
 */
export const prepareLaunch = (
  settings: EngineSettings,
  attempt: Attempt,
  launch: TaskLaunch,
  files: AttemptFiles,
  setsid: string | undefined,
): Omit<RunnerJob, 'key'> | { readonly ending: Ending } => {
  try {
    const marker = markerOfAttempt(settings, attempt);
    const variables = variablesOf(settings, attempt, launch, files, marker);
    assertFits(variables);
    const command = prepareAttempt(settings, launch, files, attempt.index, variables, marker);
    const content =
      command.args ??
      launchScriptOf(command.isPlain ? variables : settings.environment, [
        ...(setsid === undefined ? [] : [setsid]),
        ...command.argv,
      ]);
    writeFileSync(files.launch, content, { mode: 0o600 });
    return {
      kind: command.args === undefined ? 'script' : 'sandbox',
      directory: join('jobs', attempt.jobId, String(attempt.position)),
      name: files.name,
    };
  } catch (error) {
    return { ending: endingOfError(error) };
  }
};

/**
 * The environment of a command: what the engine allows it to inherit, a home directory, the EnvVars of the task, and the
 * four documented variables, which EnvVars cannot replace (https://cloud.tencent.com/document/product/599/11752).
 */
const variablesOf = (
  settings: EngineSettings,
  attempt: Attempt,
  { spec, name, instances }: TaskLaunch,
  files: AttemptFiles,
  marker: string,
): Readonly<Record<string, string>> => ({
  ...settings.environment,
  HOME: files.work,
  TMPDIR: files.work,
  PWD: files.work,
  ...Object.fromEntries((spec.EnvVars ?? []).map(({ Name, Value }) => [Name, Value])),
  BATCH_JOB_ID: attempt.jobId,
  BATCH_TASK_NAME: name,
  BATCH_TASK_INSTANCE_NUM: String(instances),
  BATCH_TASK_INSTANCE_INDEX: String(attempt.index),
  [markerVariable]: marker,
});

/** What Linux accepts in one variable (MAX_ARG_STRLEN), and in all of them: a quarter of the usual 8 MiB stack. */
const maxVariableBytes = 128 * 1024;
const maxVariablesBytes = 2 * 1024 ** 2;

/** @throws Error for variables with which no program can be started; the shell would report exit code 126 */
const assertFits = (variables: Readonly<Record<string, string>>): void => {
  const sizes = Object.entries(variables).map(([name, value]) => Buffer.byteLength(`${name}=${value}`) + 1);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.some((size) => size > maxVariableBytes) || total > maxVariablesBytes)
    throw new Error('the variables in EnvVars are larger than the system takes (E2BIG)');
};

/** Codes of the system for what a machine runs out of; the same start may succeed later. */
const shortages = new Set([
  ...['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'],
  ...['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ETXTBSY'],
]);

/** What a failed start means: a failure of the machine, or of the submission. */
export const endingOfError = (error: unknown): Ending => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = error instanceof Error ? error.message : String(error);
  if (shortages.has(code)) {
    return { kind: 'machine-failure', detail: `the machine could not start it: ${text}` };
  }
  // What the system refuses has a code; the rest is a path or a variable that no machine accepts.
  return { kind: 'unstartable', detail: code === '' ? text : `the process could not be started: ${text}` };
};
