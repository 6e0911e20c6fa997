/** When a task that waits for others may go, and when it never can. */
import type { Counts } from './lifecycle.ts';

/** An edge as the API writes it: `EndTask` waits for `StartTask`. */
export interface Dependence {
  readonly StartTask: string;
  readonly EndTask: string;
}

export type TaskExecutionDependOn =
  | 'PRE_TASK_SUCCEED'
  | 'PRE_TASK_AT_LEAST_PARTLY_SUCCEED'
  | 'PRE_TASK_FINISHED';

/**
 * Whether nothing of a task will run any more by itself. FAILED_INTERRUPTED counts: its scene is kept for a person
 * to look at, and what comes after must not wait for that person.
 */
export const hasEnded = (counts: Counts): boolean =>
  counts.SUBMITTED + counts.PENDING + counts.RUNNABLE + counts.STARTING + counts.RUNNING === 0;

const hasFailed = (counts: Counts): boolean => counts.FAILED + counts.FAILED_INTERRUPTED > 0;

/**
 * Whether a task may go, given the counts of the tasks in front of it.
 * @returns `wait`: not yet; `run`: now; `never`: its condition can no longer come true
 */
export const verdictOf = (
  dependOn: TaskExecutionDependOn,
  predecessors: readonly Counts[],
): 'wait' | 'run' | 'never' => {
  const ended = predecessors.filter(hasEnded);
  switch (dependOn) {
    case 'PRE_TASK_SUCCEED':
      if (ended.some(hasFailed)) return 'never';
      break;
    case 'PRE_TASK_AT_LEAST_PARTLY_SUCCEED':
      if (ended.some((counts) => counts.SUCCEED === 0)) return 'never';
      break;
    case 'PRE_TASK_FINISHED':
      break;
    default:
      dependOn satisfies never;
  }
  return ended.length === predecessors.length ? 'run' : 'wait';
};
