/** The launch file that the plain attempts of a task share: a file for each would cost as much as a short command. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineSettings } from '../../settings.ts';
import { joinWords, launchScriptOf, parameters, shellProgram } from './launch-file.ts';
import { inheritedVariablesOf, markerPrefixOf, type VariablesTask, variablesOf } from './variables.ts';

/** Its name, in the directory of the task. */
export const sharedLaunchFile = 'launch';

/**
 * Writes the file.
 * @throws the system's error, or Error for variables with which no program can be started
 */
export const writeSharedLaunchFile = (
  settings: EngineSettings,
  directory: string,
  task: VariablesTask & { readonly position: number; readonly command: string },
): void => {
  const marker = joinWords(markerPrefixOf(settings, task), parameters.name);
  const variables = variablesOf(settings, task, { ...parameters, marker });
  const command = [parameters.setsid, shellProgram, task.command];
  const text = launchScriptOf(variables, command, inheritedVariablesOf(settings));
  const file = join(directory, sharedLaunchFile);
  // A runner of an earlier engine may be reading it.
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};
