/** The environment of a command. */
import type { InputOf } from '../../../catalogue/index.ts';
import { canStartWith } from '../../model/variable-limits.ts';
import type { EngineSettings } from '../../settings.ts';
import { markerVariable } from './process-table.ts';

/** What of an attempt is in its marker. */
interface MarkedAttempt {
  readonly jobId: string;
  readonly position: number;
  readonly index: number;
  readonly attempt: number;
}

/** The marker of an attempt without the end, `<index>.<attempt>`. */
export const markerPrefixOf = (
  { engineId }: Pick<EngineSettings, 'engineId'>,
  { jobId, position }: Pick<MarkedAttempt, 'jobId' | 'position'>,
): string => `${engineId}.${jobId}.${position}.`;

/** The marker in the environment of the processes of an attempt. */
export const markerOfAttempt = (settings: Pick<EngineSettings, 'engineId'>, attempt: MarkedAttempt): string =>
  `${markerPrefixOf(settings, attempt)}${attempt.index}.${attempt.attempt}`;

/** What of a task is in the environment. */
export interface VariablesTask {
  readonly jobId: string;
  readonly name: string;
  readonly spec: Pick<InputOf<'SubmitJob'>['Job']['Tasks'][number], 'EnvVars'>;
  readonly instances: number;
}

/** The values that differ between the attempts of a task: texts, or words of a launch file. */
export interface AttemptValues<Value> {
  readonly workDir: Value;
  readonly index: Value;
  readonly marker: Value;
}

/**
 * The variables: what the engine allows a command to inherit, a home directory, the EnvVars of the task, and the four
 * documented ones, which EnvVars cannot replace (https://cloud.tencent.com/document/product/599/11752).
 * @throws Error for EnvVars with which no program can be started
 */
export const variablesOf = <Value>(
  { environment }: Pick<EngineSettings, 'environment'>,
  task: VariablesTask,
  { workDir, index, marker }: AttemptValues<Value>,
): Readonly<Record<string, string | Value>> => {
  const variables = {
    ...environment,
    HOME: workDir,
    TMPDIR: workDir,
    PWD: workDir,
    ...Object.fromEntries((task.spec.EnvVars ?? []).map(({ Name, Value }) => [Name, Value])),
    BATCH_JOB_ID: task.jobId,
    BATCH_TASK_NAME: task.name,
    BATCH_TASK_INSTANCE_NUM: String(task.instances),
    BATCH_TASK_INSTANCE_INDEX: index,
    [markerVariable]: marker,
  };
  assertFits(variables);
  return variables;
};

/**
 * The variables that the shell which reads a launch file has in its environment: a runner on this machine is started with
 * those that commands inherit, a job of a cluster with none.
 */
export const inheritedVariablesOf = ({
  backend,
  environment,
}: Pick<EngineSettings, 'backend' | 'environment'>): Readonly<Record<string, string>> =>
  backend === 'local' ? environment : {};

/** @throws Error for variables with which no program can be started; the shell would report exit code 126 */
const assertFits = (variables: Readonly<Record<string, unknown>>): void => {
  const texts = Object.entries(variables).map(
    ([name, value]) => [name, typeof value === 'string' ? value : ''] as const,
  );
  if (!canStartWith(texts))
    throw new Error('the variables in EnvVars are larger than the system takes (E2BIG)');
};
