/** The state of a job as far as it can change by itself, and the changes between two snapshots. */
import type { OutputOf } from '../../catalogue/index.ts';
import { hasEnded } from '../../catalogue/job-states.ts';
import { quoted } from '../render/untrusted.ts';

export interface JobSnapshot {
  readonly JobState: string;
  readonly NextAction: string;
  /** State of each task by its name. */
  readonly tasks: ReadonlyMap<string, string>;
  /** Counts of instances. */
  readonly total: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Takes a snapshot of a job; counts that are not known yet (`null`) are zero. */
export const jobSnapshot = (job: OutputOf<'DescribeJob'>): JobSnapshot => {
  const counts = job.TaskInstanceMetrics;
  const failed = (counts?.FailedCount ?? 0) + (counts?.FailedInterruptedCount ?? 0);
  const running = (counts?.StartingCount ?? 0) + (counts?.RunningCount ?? 0);
  const succeeded = counts?.SucceedCount ?? 0;
  const waiting = (counts?.SubmittedCount ?? 0) + (counts?.PendingCount ?? 0) + (counts?.RunnableCount ?? 0);
  return {
    JobState: job.JobState ?? '',
    NextAction: job.NextAction ?? '',
    tasks: new Map((job.TaskSet ?? []).map((task) => [task.TaskName ?? '', task.TaskState ?? ''])),
    total: waiting + running + succeeded + failed,
    running,
    succeeded,
    failed,
  };
};

/** Whether the job will not change until a user acts on it. */
export const isSettled = ({ JobState, NextAction }: JobSnapshot): boolean =>
  NextAction === '' && hasEnded(JobState);

/** Whether anything but counts has changed. */
export const hasChangedState = (before: JobSnapshot, after: JobSnapshot): boolean =>
  before.JobState !== after.JobState ||
  before.NextAction !== after.NextAction ||
  before.tasks.size !== after.tasks.size ||
  [...after.tasks].some(([name, state]) => before.tasks.get(name) !== state);

/** `12 done, 3 running, 1 failed of 200`. */
export const progressOf = ({ total, running, succeeded, failed }: JobSnapshot): string =>
  `${succeeded} done, ${running} running, ${failed} failed of ${total}`;

/** The differences, one sentence each; names are quoted, because users choose them. */
export const changesOf = (before: JobSnapshot, after: JobSnapshot): readonly string[] => {
  const moved = (what: string, from: string | number, to: string | number) =>
    from === to ? [] : [`${what}: ${from === '' ? 'none' : from} -> ${to === '' ? 'none' : to}`];
  return [
    ...moved('JobState', before.JobState, after.JobState),
    ...moved('NextAction', before.NextAction, after.NextAction),
    ...[...after.tasks].flatMap(([name, state]) =>
      moved(`task ${quoted(name)}`, before.tasks.get(name) ?? '', state),
    ),
    ...moved('instances done', before.succeeded, after.succeeded),
    ...moved('instances running', before.running, after.running),
    ...moved('instances failed', before.failed, after.failed),
  ];
};
