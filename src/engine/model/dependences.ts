/** What the end of a task means for the tasks that depend on it. */
import type { Counts } from './lifecycle.ts';

export type TaskExecutionDependOn =
  | 'PRE_TASK_SUCCEED'
  | 'PRE_TASK_AT_LEAST_PARTLY_SUCCEED'
  | 'PRE_TASK_FINISHED';

/**
 * Whether a task that has ended satisfies the tasks that depend on it, given how many of its instances are in each
 * state. FAILED_INTERRUPTED counts as an end: its workspace is retained for a person to inspect, and successors do not
 * wait for that person.
 * @returns `violated`: the condition can no longer become true, so the successors never run
 */
export const effectOfEnd = (dependOn: TaskExecutionDependOn, counts: Counts): 'satisfied' | 'violated' => {
  switch (dependOn) {
    case 'PRE_TASK_SUCCEED':
      return counts.FAILED + counts.FAILED_INTERRUPTED > 0 ? 'violated' : 'satisfied';
    case 'PRE_TASK_AT_LEAST_PARTLY_SUCCEED':
      return counts.SUCCEED === 0 ? 'violated' : 'satisfied';
    case 'PRE_TASK_FINISHED':
      return 'satisfied';
    default:
      return dependOn satisfies never;
  }
};
