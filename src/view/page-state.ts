/** What the page shows at one time. */
import type { JobCourse } from '../mcp/job-view/course.ts';

export interface InstanceAddress {
  /** Position of the task. */
  readonly task: number;
  readonly instance: number;
  /** An earlier attempt; absent for the last one. */
  readonly attempt?: number | undefined;
}

/** The log of an instance, in the panel. */
export interface OpenLog extends InstanceAddress {
  readonly status: 'loading' | 'ready' | 'failed';
  /** Why it could not be read. */
  readonly problem?: string;
  /** The last lines. */
  readonly stdout: string;
  readonly stderr: string;
  /** How much of the log it is. */
  readonly note: string;
}

export interface PageState {
  readonly phase: 'loading' | 'ready' | 'failed' | 'cancelled';
  /** Shown in place of the job, or above it where the last refresh failed. */
  readonly message: string;
  readonly course?: JobCourse | undefined;
  readonly log?: OpenLog | undefined;
  /** Position of the active cell of each group of cells, by the key of the group. */
  readonly active: Readonly<Record<string, number>>;
  /** `report`: the data is in the file. */
  readonly source: 'client' | 'report';
  /** Whether the view may write to the model. */
  readonly canAsk: boolean;
  /** Whether it is read again by itself. */
  readonly isLive: boolean;
  /** For screen readers: what has just changed. */
  readonly announcement: string;
}

/** What a screen reader says after a refresh; empty where nothing important has changed. */
export const announcementOf = (before: JobCourse | undefined, after: JobCourse): string => {
  if (before === undefined) return '';
  const failed = (course: JobCourse): number => (course.counts.f ?? 0) + (course.counts.i ?? 0);
  const more = failed(after) - failed(before);
  const changed = after.tasks.flatMap(({ name, state }, index) =>
    before.tasks[index]?.state === state ? [] : [`Task ${name}: ${state}.`],
  );
  return [
    before.JobState === after.JobState ? '' : `The job is ${after.JobState}.`,
    more > 0 ? `${more} more failed.` : '',
    // More are not listened to.
    ...changed.slice(0, 3),
  ]
    .filter(Boolean)
    .join(' ');
};
