/** When a task or a job will probably end, only where finished instances justify a statement. Pure. */
import type { Projection, Statistic, TaskCourse } from './course.ts';
import { countIn, isActiveLetter, type StateCounts } from './states.ts';
import type { PlacedAttempt } from './statistics.ts';

/** Fewer finished instances say nothing about the others. */
const minFinished = 3;
/** Of the instances of the task; 20 are enough for any number. */
const minShare = 0.05;
const enoughFinished = 20;

interface Running {
  readonly state: string;
  readonly counts: StateCounts | undefined;
  readonly attempts: readonly PlacedAttempt[];
  /** Of succeeded attempts. */
  readonly runSeconds: Statistic | undefined;
  readonly read: number;
  readonly instances: number;
}

/**
 * Assumes that the remaining instances run as long as those that succeeded, as many at a time as now.
 * @returns seconds after the job's CreateTime; undefined where that is not justified
 */
export const taskProjectionOf = (task: Running): number | undefined => {
  const { counts, attempts, runSeconds, read, instances } = task;
  const unfinished = countIn(counts, 'npqlr');
  const active = countIn(counts, 'lr');
  const needed = Math.max(minFinished, Math.min(enoughFinished, instances * minShare));
  if (!runSeconds || runSeconds.count < needed || unfinished === 0 || active === 0) return undefined;
  const { mean } = runSeconds;
  const running = attempts.filter(({ state }) => isActiveLetter(state));
  const left = running.map(({ began }) => Math.max(0, mean - (began === undefined ? 0 : read - began)));
  // Active instances that were not read are on average half done.
  const unread = Math.max(0, active - running.length) * (mean / 2);
  const work = left.reduce((a, b) => a + b, 0) + unread + (unfinished - active) * mean;
  const longest = left.reduce((a, b) => Math.max(a, b), 0);
  return Math.round(read + Math.max(longest, work / active));
};

/** Of a job: only if every task that has not ended has one. */
export const projectionOf = (tasks: readonly TaskCourse[]): Projection | undefined => {
  const open = tasks.filter(({ ended }) => ended === undefined);
  const ends = open.flatMap(({ projectedEnd }) => projectedEnd ?? []);
  if (open.length === 0 || ends.length < open.length) return undefined;
  const finished = open.reduce((sum, { runSeconds }) => sum + (runSeconds?.count ?? 0), 0);
  return {
    time: ends.reduce((a, b) => Math.max(a, b)),
    basis: `Projected from ${finished} finished instances, if the others run as long and as many at a time.`,
  };
};
