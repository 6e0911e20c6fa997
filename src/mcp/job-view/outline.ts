/** The tasks of a job as far as the job, the submission and their instances tell, before anything is derived. Pure. */
import type { OutputOf } from '../../catalogue/index.ts';
import { millisecondsOf } from '../render/times.ts';
import type { CourseFacts, TaskFacts } from './facts.ts';
import { countIn, countsOf, type StateCounts } from './states.ts';

/** More tasks make a view that is not readable, and too much data: some 400 bytes each. */
export const maxTasks = 500;

export type SubmittedTask = NonNullable<OutputOf<'DescribeJobSubmitInfo'>['Tasks']>[number];

export interface TaskOutline {
  readonly position: number;
  readonly name: string;
  readonly state: string;
  readonly after: readonly number[];
  readonly instances: number;
  readonly counts: StateCounts | undefined;
  readonly facts: TaskFacts;
  readonly submitted: SubmittedTask | undefined;
  readonly queued: number | undefined;
  readonly ended: number | undefined;
}

/** @param created milliseconds since 1970, as `time` */
export const secondsAfter = (created: number, time: number): number => Math.round((time - created) / 1000);

/** When a job or task ended, in seconds after the job's CreateTime. */
export const endOf = (
  item: { readonly EndTime?: string | null | undefined },
  created: number,
): number | undefined => {
  const time = millisecondsOf(item.EndTime);
  return time === undefined ? undefined : Math.max(0, secondsAfter(created, time));
};

const noFacts: TaskFacts = { instances: [], earlier: [] };

export const outlinesOf = (
  { job, submission, tasks }: CourseFacts,
  created: number,
): readonly TaskOutline[] => {
  const views = (job.TaskSet ?? []).slice(0, maxTasks);
  const positions = new Map(views.map((view, position) => [view?.TaskName ?? '', position]));
  const submitted = new Map((submission?.Tasks ?? []).map((task) => [task?.TaskName ?? '', task]));
  const after = views.map((): number[] => []);
  for (const { StartTask, EndTask } of job.DependenceSet ?? []) {
    const [start, end] = [positions.get(StartTask ?? ''), positions.get(EndTask ?? '')];
    if (start !== undefined && end !== undefined) after[end]?.push(start);
  }
  const ends = views.map((view) => endOf(view ?? {}, created));
  const total = countIn(countsOf(job.TaskInstanceMetrics));
  return views.map((view, position) => {
    const name = view?.TaskName ?? '';
    const task = submitted.get(name);
    const facts = tasks.get(name) ?? noFacts;
    const isOnly = views.length === 1;
    const instances = isOnly
      ? total
      : countIn(facts.counts) || (task ? (task.TaskInstanceNum ?? 1) : facts.instances.length);
    const state = view?.TaskState ?? '';
    const before = after[position] ?? [];
    const known = before.flatMap((one) => ends[one] ?? []);
    return {
      position,
      name,
      state,
      after: before,
      instances,
      counts:
        facts.counts ?? (isOnly ? countsOf(job.TaskInstanceMetrics) : uniformCountsOf(state, instances)),
      facts,
      submitted: task,
      queued: known.length === before.length ? Math.max(0, ...known) : undefined,
      ended: ends[position],
    };
  });
};

/** A task is PENDING, or SUCCEED, only if all its instances are. */
const uniformCountsOf = (state: string, instances: number): StateCounts | undefined => {
  if (instances === 0) return undefined;
  if (state === 'PENDING') return { p: instances };
  return state === 'SUCCEED' ? { s: instances } : undefined;
};
