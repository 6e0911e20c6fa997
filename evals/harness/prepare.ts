/** Preparing tasks and judging answers: what several tasks share. */
import type { InputOf } from '../../src/catalogue/index.ts';
import { shellTask, until } from '../../test/engine/running-engine.ts';
import type { LoggedRequest } from './request-log.ts';
import type { Check, World } from './task.ts';

type Job = InputOf<'SubmitJob'>['Job'];
type JobTask = Job['Tasks'][number];

/** A command that runs longer than any agent works. Its arguments are visible in the job. */
export const longRunning = (program: string, options: string): string =>
  `${program}() { sleep 7200; }; ${program} ${options}`;

/** Submits a job of one task. @returns its id */
export const submitJob = (
  world: World,
  JobName: string,
  command: string,
  task: Partial<JobTask> = {},
  job: Partial<Job> = {},
): Promise<string> => world.submit({ JobName, ...job, Tasks: [shellTask('main', command, task)] });

/** Waits until every instance of the jobs' first task runs. */
export const allRunning = async (world: World, jobIds: readonly string[]): Promise<void> => {
  for (const JobId of jobIds) {
    await until(`${JobId} runs`, async () => {
      const { TaskInstanceMetrics: metrics } = await world.call('DescribeJob', { JobId });
      return (
        (metrics?.RunningCount ?? 0) > 0 &&
        (metrics?.SubmittedCount ?? 0) + (metrics?.RunnableCount ?? 0) + (metrics?.StartingCount ?? 0) === 0
      );
    });
  }
};

/** Waits until the jobs have ended. */
export const allEnded = async (world: World, jobIds: readonly string[]): Promise<void> => {
  for (const JobId of jobIds) await world.settled(JobId);
};

export const stateOf = async (world: World, JobId: string): Promise<string> => {
  const { JobSet } = await world.call('DescribeJobs', { JobIds: [JobId] });
  return JobSet?.[0]?.JobState ?? 'deleted';
};

/** How long changes may take to become visible after the agent's last call, in seconds. */
const settleSeconds = 30;

/** Whether a job reaches one of the states soon. */
export const reaches = async (
  world: World,
  JobId: string,
  states: readonly string[],
  seconds = settleSeconds,
): Promise<boolean> => {
  try {
    await until(JobId, async () => states.includes(await stateOf(world, JobId)), seconds);
    return true;
  } catch {
    return false;
  }
};

/** Creates a compute environment and waits until its nodes run. @returns its id */
export const createEnv = async (
  world: World,
  EnvName: string,
  nodes: number,
  more: Partial<InputOf<'CreateComputeEnv'>['ComputeEnv']> = {},
): Promise<string> => {
  const created = await world.call('CreateComputeEnv', {
    Placement: { Zone: 'ap-guangzhou-2' },
    ComputeEnv: {
      EnvName,
      DesiredComputeNodeCount: nodes,
      EnvData: { InstanceType: 'S5.MEDIUM4', ImageId: 'img-31tjrtph' },
      ...more,
    },
  });
  const EnvId = created.EnvId ?? '';
  await until(`the nodes of ${EnvName} run`, async () => {
    const { ComputeNodeMetrics } = await world.call('DescribeComputeEnv', { EnvId });
    return (ComputeNodeMetrics?.RunningCount ?? 0) === nodes;
  });
  return EnvId;
};

/** For tasks that ask a question. */
export const nothingAllowed = (): boolean => false;

/** Whether the request names ids in this field, all of them among the given ones. */
export const names = (
  { input }: LoggedRequest,
  field: string,
  allowed: readonly (string | undefined)[],
): boolean => {
  const value = input?.[field];
  const ids = Array.isArray(value) ? value : [value];
  return ids.length > 0 && ids.every((id) => allowed.includes(id));
};

/** The rest of the last line of an answer that begins with `LABEL:`, without Markdown. */
export const lineOf = (answer: string, label: string): string | undefined => {
  const lines = answer.replace(/[*`_]{2,}|[*`]/g, '').split('\n');
  const line = lines.findLast((one) =>
    one
      .trim()
      .replace(/^[-#\s]+/, '')
      .startsWith(`${label}:`),
  );
  return line?.slice(line.indexOf(`${label}:`) + label.length + 1).trim();
};

/** The entries of such a line, separated by commas or spaces, sorted. */
export const entriesOf = (answer: string, label: string): readonly string[] =>
  (lineOf(answer, label) ?? '')
    .split(/[\s,;]+/)
    .filter((entry) => entry !== '')
    .sort();

export const check = (what: string, isMet: boolean): Check => ({ what, isMet });

/** The line has exactly these entries, in any order. */
export const listCheck = (answer: string, label: string, expected: readonly (string | number)[]): Check =>
  check(
    `${label} is ${expected.join(', ')}`,
    JSON.stringify(entriesOf(answer, label)) === JSON.stringify(expected.map(String).sort()),
  );

/** The line begins with this number. */
export const numberCheck = (answer: string, label: string, expected: number, tolerance = 0): Check => {
  const given = Number.parseFloat(
    (lineOf(answer, label) ?? '').replace(/[^\d.-]*/, '').replace(/,(?=\d{3})/g, ''),
  );
  return check(`${label} is ${expected}`, Math.abs(given - expected) <= tolerance);
};

/** A value without members that are null, undefined or empty lists, with sorted keys: two views of one thing are equal. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .filter(([, member]) => !(Array.isArray(member) && member.length === 0))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
};

export const isSame = (a: unknown, b: unknown): boolean =>
  JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
