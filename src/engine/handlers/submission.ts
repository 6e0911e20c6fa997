/** What SubmitJob checks beyond its schema. PlanJob asks for the same checks, so what it reports is what happens. */
import type { InputOf } from '../../catalogue/index.ts';
import { filesProblemOf, mountsReason, needsMounts } from '../model/task-files.ts';
import { canStartWith, maxEnvVarsBytes, maxVariableBytes } from '../model/variable-limits.ts';
import { isZoneOf, zoneMessage } from '../model/zones.ts';
import { infoOf } from '../store/compute-env-changes.ts';
import { findEnv } from '../store/compute-envs.ts';
import { unfinishedJobs } from '../store/jobs.ts';
import { noEnv } from './compute-env-views.ts';
import type { HandlerContext, Refuse } from './handler.ts';

type Task = InputOf<'SubmitJob'>['Job']['Tasks'][number];

/** Ends with the response that SubmitJob would give to an input that cannot be accepted. */
export const checkSubmission = (
  { Job: job, Placement }: InputOf<'SubmitJob'>,
  { db, region, settings, mountProblemOf }: Omit<HandlerContext, 'attempt'>,
  refuse: Refuse<'SubmitJob'>,
): void => {
  if (settings.sandbox.mode === 'refuse') {
    refuse(
      'UnauthorizedOperation.UserNotAllowedToUseBatch',
      `This engine runs no commands: ${settings.sandbox.reason}`,
    );
  }
  if (settings.sandbox.mode === 'none' && job.Tasks.some(needsMounts)) {
    refuse('InvalidParameterValue.LocalPath', mountsReason);
  }
  if (!isZoneOf(Placement.Zone, region)) {
    refuse('InvalidZone.MismatchRegion', zoneMessage(Placement.Zone, region));
  }
  if (settings.zoneConditions[Placement.Zone] === 'unavailable') {
    refuse('InvalidParameterValue.UnavailableZone');
  }
  for (const [position, task] of job.Tasks.entries()) {
    const problem = commandProblemOf(task) ?? variableProblemOf(task);
    if (problem) refuse('InvalidParameterValue', `Job.Tasks.${position}.${problem}`);
    const env = task.EnvId === undefined ? undefined : findEnv(db, region, task.EnvId);
    if (task.EnvId !== undefined && env === undefined) {
      refuse('ResourceNotFound.ComputeEnv', noEnv(task.EnvId, region));
    }
    const node = env && infoOf(env);
    const files = filesProblemOf(task, node, settings.packagePorts) ?? mountProblemOf(task, node);
    if (files) refuse(files.code, `Job.Tasks.${position}: ${files.message}.`);
  }
  if (unfinishedJobs(db, region) >= settings.quotas.jobs) refuse('LimitExceeded.JobQuota');
};

/** Why a job that SubmitJob accepts would fail on this engine; undefined where nothing is known that prevents it. */
export const failureOf = (
  { Job: job }: InputOf<'SubmitJob'>,
  { settings }: Pick<HandlerContext, 'settings'>,
): string | undefined => {
  const position = job.Tasks.findIndex(({ Application }) => Application.Docker !== undefined);
  return position < 0 || settings.docker !== undefined
    ? undefined
    : `Job.Tasks.${position}.Application.Docker: the task would fail, because this engine runs no containers; start it with \`--docker\` where docker or podman is installed.`;
};

/** An empty command beside others would be a process that ends at once, which is a mistake of the caller. */
const commandProblemOf = ({ Application }: Task): string | undefined => {
  const empty = (Application.Commands ?? []).findIndex(({ Command }) => Command.trim() === '');
  return empty < 0 ? undefined : `Application.Commands.${empty}.Command is empty.`;
};

/** The variables that the service sets itself (https://www.tencentcloud.com/document/product/599/11752). */
const serviceVariables = [
  'BATCH_JOB_ID',
  'BATCH_TASK_NAME',
  'BATCH_TASK_INSTANCE_NUM',
  'BATCH_TASK_INSTANCE_INDEX',
];

/**
 * A shell passes on only variables whose names are identifiers; the others would be missing without a word. With
 * variables that are too large, no program can be started.
 */
const variableProblemOf = ({ EnvVars = [] }: Task): string | undefined => {
  const quote = (name: string) => `\`${name.slice(0, 60)}\``;
  for (const [position, { Name, Value }] of EnvVars.entries()) {
    const field = `EnvVars.${position}.Name`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(Name)) {
      return `${field}: ${quote(Name)} is not the name of a shell variable; it takes letters, digits and underscores, and begins with no digit.`;
    }
    if (serviceVariables.includes(Name) || Name.startsWith('BATCH_MCP_')) {
      return `${field}: ${quote(Name)} is set by the service and cannot be replaced.`;
    }
    if (!canStartWith([[Name, Value]])) {
      return `EnvVars.${position}.Value: ${quote(Name)} is larger than the system takes, which is ${maxVariableBytes / 1024} KiB with its name.`;
    }
  }
  const variables = EnvVars.map(({ Name, Value }) => [Name, Value] as const);
  return canStartWith(variables, maxEnvVarsBytes)
    ? undefined
    : `EnvVars: together they are larger than the system takes beside the variables of the service, which is ${maxEnvVarsBytes / 1024} KiB.`;
};
