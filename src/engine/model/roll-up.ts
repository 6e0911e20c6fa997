/** The state of a task from its instances, and of a job from its tasks: one rule for both. */
import type { Counts, State } from './lifecycle.ts';

/**
 * The first of these states that occurs is the state of the whole. The service does not document it.
 * While something is active, the furthest state wins, except that SUBMITTED outranks waiting: a job is not
 * PENDING before it is expanded completely. Among final states, the worst wins.
 */
const precedence: readonly State[] = [
  'RUNNING',
  'STARTING',
  'SUBMITTED',
  'RUNNABLE',
  'PENDING',
  'FAILED_INTERRUPTED',
  'FAILED',
  'SUCCEED',
];

/** The state of the whole; SUCCEED for a whole without parts. */
export const rollUp = (counts: Counts): State => precedence.find((state) => counts[state] > 0) ?? 'SUCCEED';

/** How the API names the counts. */
export interface Metrics {
  readonly SubmittedCount: number;
  readonly PendingCount: number;
  readonly RunnableCount: number;
  readonly StartingCount: number;
  readonly RunningCount: number;
  readonly SucceedCount: number;
  readonly FailedInterruptedCount: number;
  readonly FailedCount: number;
}

/** TaskMetrics or TaskInstanceMetrics from counts. */
export const metricsOf = (counts: Counts): Metrics => ({
  SubmittedCount: counts.SUBMITTED,
  PendingCount: counts.PENDING,
  RunnableCount: counts.RUNNABLE,
  StartingCount: counts.STARTING,
  RunningCount: counts.RUNNING,
  SucceedCount: counts.SUCCEED,
  FailedInterruptedCount: counts.FAILED_INTERRUPTED,
  FailedCount: counts.FAILED,
});
