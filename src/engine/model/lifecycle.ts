/** The states of a task instance and the transitions between them. */
import { type JobState, jobStates } from '../../catalogue/job-states.ts';

export const states = jobStates;
export type State = JobState;

/**
 * The allowed transitions.
 * SUBMITTED: accepted, not yet expanded · PENDING: waits for other tasks · RUNNABLE: waits for a free slot ·
 * STARTING: has a slot · RUNNING: its command runs · FAILED_INTERRUPTED: failed; its workspace and slot are retained.
 */
const transitions = {
  SUBMITTED: ['PENDING', 'RUNNABLE'],
  PENDING: ['RUNNABLE', 'FAILED'],
  RUNNABLE: ['STARTING', 'FAILED'],
  // Back to RUNNABLE: the attempt did not begin, or another attempt is allowed.
  STARTING: ['RUNNING', 'RUNNABLE', 'FAILED', 'FAILED_INTERRUPTED'],
  RUNNING: ['SUCCEED', 'RUNNABLE', 'FAILED', 'FAILED_INTERRUPTED'],
  SUCCEED: [],
  FAILED_INTERRUPTED: ['FAILED'],
  // RetryJobs is the only way out of FAILED.
  FAILED: ['PENDING'],
} as const satisfies Record<State, readonly State[]>;

export const canTransition = (from: State, to: State): boolean =>
  (transitions[from] as readonly State[]).includes(to);

/** @throws Error if the transition is not allowed: a defect of the program, never the caller's mistake */
export const assertTransition = (from: State, to: State): void => {
  if (!canTransition(from, to)) throw new Error(`An instance cannot go from ${from} to ${to}.`);
};

/** Whether it has not been given a slot yet. */
export const isWaiting = (state: State): boolean =>
  state === 'SUBMITTED' || state === 'PENDING' || state === 'RUNNABLE';

/** How many instances, or tasks, are in each state. */
export type Counts = Readonly<Record<State, number>>;
