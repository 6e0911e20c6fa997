/** The states of one task instance, and the only moves between them. */

/** The states, in the order of their numbers in the store; the numbers never change. */
export const states = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEED',
  'FAILED_INTERRUPTED',
  'FAILED',
] as const;
export type State = (typeof states)[number];

/**
 * Where an instance may go from where it is.
 * SUBMITTED: accepted, not yet laid out · PENDING: waits for other tasks · RUNNABLE: waits for a free place ·
 * STARTING: has a place · RUNNING: its command runs · FAILED_INTERRUPTED: failed, its scene and its place are kept.
 */
const moves = {
  SUBMITTED: ['PENDING', 'RUNNABLE'],
  PENDING: ['RUNNABLE', 'FAILED'],
  RUNNABLE: ['STARTING', 'FAILED'],
  // Back to RUNNABLE: the start came to nothing, or another attempt is allowed.
  STARTING: ['RUNNING', 'RUNNABLE', 'FAILED', 'FAILED_INTERRUPTED'],
  RUNNING: ['SUCCEED', 'RUNNABLE', 'FAILED', 'FAILED_INTERRUPTED'],
  SUCCEED: [],
  FAILED_INTERRUPTED: ['FAILED'],
  // RetryJobs is the only way out of FAILED.
  FAILED: ['PENDING'],
} as const satisfies Record<State, readonly State[]>;

/** Whether the move is one of the table above. */
export const canMove = (from: State, to: State): boolean => (moves[from] as readonly State[]).includes(to);

/** @throws Error when the move is not in the table: that is a mistake of the program, never of a caller */
export const assertMove = (from: State, to: State): void => {
  if (!canMove(from, to)) throw new Error(`An instance cannot go from ${from} to ${to}.`);
};

/** The number under which the store keeps a state. */
export const numberOf = (state: State): number => states.indexOf(state);

/** @throws Error for a number that no state has */
export const stateOfNumber = (number: number): State => {
  const state = states[number];
  if (state === undefined) throw new Error(`No state has the number ${number}.`);
  return state;
};

/** Whether nothing more happens to it by itself and nothing of it is kept. */
export const isFinished = (state: State): boolean => state === 'SUCCEED' || state === 'FAILED';

/** Whether it has not been given a place yet. */
export const isWaiting = (state: State): boolean =>
  state === 'SUBMITTED' || state === 'PENDING' || state === 'RUNNABLE';

/** How many of something are in each state. */
export type Counts = Readonly<Record<State, number>>;

/** Counts from the eight numbers of the store, in their order. */
export const countsOf = (numbers: readonly number[]): Counts => {
  const at = (state: State): number => numbers[numberOf(state)] ?? 0;
  return {
    SUBMITTED: at('SUBMITTED'),
    PENDING: at('PENDING'),
    RUNNABLE: at('RUNNABLE'),
    STARTING: at('STARTING'),
    RUNNING: at('RUNNING'),
    SUCCEED: at('SUCCEED'),
    FAILED_INTERRUPTED: at('FAILED_INTERRUPTED'),
    FAILED: at('FAILED'),
  };
};
