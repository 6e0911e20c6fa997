/** The sentences in which every form of a course states its figures. Pure. */
import { counted } from '../render/counted.ts';
import { durationOf } from '../render/times.ts';
import { namedId, quoted } from '../render/untrusted.ts';
import type { FailureGroup, JobCourse, TaskCourse, Use } from './course.ts';
import { bytesTextOf, coresTextOf, countTextOf, moneyTextOf, shareTextOf } from './figures.ts';
import { countIn, type StateCounts } from './states.ts';

/** `950 of 1,000 done, 48 running, 2 failed`; without zeros but for what is done. */
export const countsTextOf = (counts: StateCounts | undefined, total: number): string => {
  const parts = [
    ['running', countIn(counts, 'lr')],
    ['waiting', countIn(counts, 'npq')],
    ['failed', countIn(counts, 'fi')],
  ] as const;
  return [
    `${countTextOf(countIn(counts, 's'))} of ${countTextOf(total)} done`,
    ...parts.flatMap(([name, count]) => (count > 0 ? [`${countTextOf(count)} ${name}`] : [])),
  ].join(', ');
};

/** Seconds from the submission to the end, or until it was read. */
export const elapsedOf = ({ ended, read }: Pick<JobCourse, 'ended' | 'read'>): number => ended ?? read;

/** What the job is and how far it is, in one sentence. */
export const headlineOf = (course: JobCourse): string => {
  const { JobId, JobName, JobState, NextAction, counts, coverage } = course;
  const state = `${JobState || 'in an unknown state'}${NextAction ? `, ${NextAction}` : ''}`;
  const when = course.isFinal ? 'after' : 'for';
  return `${namedId(JobId, JobName)} is ${state} ${when} ${durationOf(elapsedOf(course))}: ${countsTextOf(counts, coverage.instances)}.`;
};

/** The time that is left, and from what it is projected. Undefined where there is no projection. */
export const projectionTextOf = ({ projectedEnd, read }: JobCourse): string | undefined =>
  projectedEnd && `About ${durationOf(projectedEnd.time - read)} left. ${projectedEnd.basis}`;

/** `"prep" 2m > "sweep" 40m`: the chain of tasks that determines the end. */
export const criticalPathTextOf = (
  { criticalPath, tasks, read }: JobCourse,
  max = 5,
  maxName = 40,
): string => {
  const steps = criticalPath.flatMap((position) => tasks[position] ?? []);
  const shown = steps.slice(-max).map((task) => {
    const seconds = task.began === undefined ? undefined : (task.ended ?? read) - task.began;
    return `${quoted(task.name, maxName)}${seconds === undefined ? '' : ` ${durationOf(seconds)}`}`;
  });
  const which = steps.length > max ? `the last of ${steps.length} tasks` : counted(steps.length, 'task');
  return `${which}: ${shown.join(' > ')}`;
};

/** `12.50 (estimate, machines only, …)`, or that no price is known. */
export const costTextOf = ({ cost }: Pick<JobCourse, 'cost'>): string =>
  [cost.amount === undefined ? 'unknown' : `${moneyTextOf(cost.amount)} (${cost.label})`, ...cost.notes].join(
    '; ',
  );

/** `retries took 6 % of the run time`; undefined where there were none. */
export const retryTextOf = ({ cost, tasks }: Pick<JobCourse, 'cost' | 'tasks'>): string | undefined => {
  const retries = tasks.reduce((sum, task) => sum + task.retries, 0);
  if (retries === 0) return undefined;
  const share =
    cost.runSeconds > 0 ? `, ${shareTextOf(cost.retrySeconds, cost.runSeconds)} of the run time` : '';
  return `${counted(retries, 'attempt')} repeated${share}`;
};

/** Amount of one task: `0.42`, `0.42 (spot)`, `per environment`, `unknown`. */
export const taskCostTextOf = ({ cost }: Pick<TaskCourse, 'cost'>): string => {
  switch (cost.price) {
    case 'environment':
      return 'per environment';
    case 'unknown':
      return 'unknown';
    case 'listed':
      return moneyTextOf(cost.amount ?? 0);
    case 'spot':
      return `${moneyTextOf(cost.amount ?? 0)} (spot, at the listed price)`;
    case 'highest':
      return `at most ${moneyTextOf(cost.amount ?? 0)}`;
    default:
      return cost.price satisfies never;
  }
};

/** Mean queue and run time of one task, and its retries. */
export const taskTimesOf = ({ waitSeconds, runSeconds, retries }: TaskCourse): readonly string[] => [
  ...(waitSeconds ? [`wait ${durationOf(waitSeconds.mean)}`] : []),
  ...(runSeconds ? [`run ${durationOf(runSeconds.mean)}`] : []),
  ...(retries > 0 ? [`${countTextOf(retries)} ${retries === 1 ? 'retry' : 'retries'}`] : []),
];

/** Counts of one task, or that they are not known yet. */
export const taskCountsOf = ({ counts, instances, state }: TaskCourse): string =>
  counts === undefined
    ? `${state}, ${instances > 0 ? `${countTextOf(instances)} instances, ` : ''}not read yet`
    : countsTextOf(counts, instances);

/** Memory and CPU against the machine. */
export const useTextOf = (use: Use): string => {
  if (!use.isMeasured) return `not measured: ${use.why}`;
  const { peakMemoryBytes, memoryBytes, meanCores, cores, measured, started, advice } = use;
  const of = (text: string | undefined): string => (text === undefined ? '' : ` of ${text}`);
  const parts = [
    peakMemoryBytes === undefined
      ? 'memory not measured'
      : `peak memory ${bytesTextOf(peakMemoryBytes)}${of(memoryBytes === undefined ? undefined : bytesTextOf(memoryBytes))}`,
    meanCores === undefined
      ? 'CPU not measured'
      : `mean CPU ${meanCores}${cores === undefined ? ` ${meanCores === 1 ? 'core' : 'cores'}` : of(coresTextOf(cores))}`,
    `${countTextOf(measured)} of ${counted(started, 'attempt')} measured`,
  ];
  return `${parts.join(', ')}.${advice === undefined ? '' : ` ${advice}`}`;
};

/** Tasks of a failure that are named. */
const maxWhere = 1;

/** What failed and where: `exit 137 (killed by …), "reason": 2 attempts, 3,9 of "sweep"`. */
export const failureTextOf = (group: FailureGroup, tasks: readonly TaskCourse[], maxName = 40): string => {
  const { ExitCode, meaning, reason, count, instances, where, isMachine } = group;
  const code =
    ExitCode === undefined ? [] : [`exit ${ExitCode}${meaning === undefined ? '' : ` (${meaning})`}`];
  const places = where
    .slice(0, maxWhere)
    .map(([position, indexes]) => `${indexes} of ${quoted(tasks[position]?.name ?? '', maxName)}`);
  const more = where.length > maxWhere ? [`and ${counted(where.length - maxWhere, 'more task')}`] : [];
  const repeated = count > instances ? ` (${countTextOf(count - instances)} repeated)` : '';
  return [
    ...(isMachine ? ['the machine failed'] : []),
    ...code,
    // The word says no more than the state.
    ...(reason === '' || reason === 'failed' ? [] : [quoted(reason)]),
    `${countTextOf(count)} ${count === 1 ? 'attempt' : 'attempts'}${repeated}`,
    ...places,
    ...more,
  ].join(', ');
};
