/** Prepares what a runner needs for one attempt: workspace, environment, launch file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ending } from '../../model/scheduler.ts';
import type { EngineSettings } from '../../settings.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { prepareAttempt, preparePlainAttempt } from '../workspace/prepare-attempt.ts';
import type { TaskLaunch } from '../workspace/task-launch.ts';
import { launchScriptOf, parameters } from './launch-file.ts';
import type { RunnerJob } from './runner-pool.ts';
import { sharedLaunchFile } from './shared-launch-file.ts';
import { inheritedVariablesOf, markerOfAttempt, variablesOf } from './variables.ts';

/**
 * Prepares an attempt. A failure is returned, never thrown: it comes from the submission or from the machine.
 * @returns what the runner is to run, or why the attempt cannot be started
 */
export const prepareLaunch = (
  settings: EngineSettings,
  attempt: Attempt,
  launch: TaskLaunch,
  files: AttemptFiles,
): Omit<RunnerJob, 'key'> | { readonly ending: Ending } => {
  try {
    const job = { directory: join('jobs', attempt.jobId, String(attempt.position)), name: files.name };
    if (launch.isPlain) {
      preparePlainAttempt(launch, files);
      return { ...job, kind: 'script', launch: sharedLaunchFile };
    }
    const marker = markerOfAttempt(settings, attempt);
    const variables = variablesOf(settings, launch, {
      workDir: files.work,
      index: String(attempt.index),
      marker,
    });
    const command = prepareAttempt(settings, launch, files, attempt.index, variables, marker);
    const content =
      command.kind === 'sandbox'
        ? command.args
        : launchScriptOf(
            settings.environment,
            [parameters.setsid, ...command.argv],
            inheritedVariablesOf(settings),
          );
    writeFileSync(files.launch, content, { mode: 0o600 });
    const kind = command.kind === 'sandbox' ? 'sandbox' : 'script';
    return { ...job, kind, launch: `${files.name}.launch` };
  } catch (error) {
    return { ending: endingOfError(error) };
  }
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
