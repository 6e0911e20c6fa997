/** Decides when a task that depends on others can start, and when it never can. */
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
 * Whether nothing of a task will run any more by itself. FAILED_INTERRUPTED counts: its working directory is retained
 * for a person to inspect, and dependent tasks must not wait for that person.
 */
const hasEnded = (counts: Counts): boolean =>
  counts.SUBMITTED + counts.PENDING + counts.RUNNABLE + counts.STARTING + counts.RUNNING === 0;

const hasFailed = (counts: Counts): boolean => counts.FAILED + counts.FAILED_INTERRUPTED > 0;

/**
 * Whether a task can start, given the instance counts of its predecessors.
 * @returns `wait`: not yet; `run`: now; `never`: its condition can no longer be met
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
