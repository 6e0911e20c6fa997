/** Queue and run times of attempts. Pure. */
import type { Statistic } from './course.ts';
import type { AttemptFacts } from './facts.ts';

/** An attempt with its number and the time from which it waited. */
export interface PlacedAttempt extends AttemptFacts {
  readonly attempt: number;
  readonly queued: number;
  /** A later attempt of the same instance exists. */
  readonly isRepeated: boolean;
}

/** Seconds that a first attempt waited for its command to start; none where it has not started. */
export const waitOf = ({ attempt, queued, began }: PlacedAttempt): readonly number[] =>
  attempt === 1 && began !== undefined ? [Math.max(0, began - queued)] : [];

/** Seconds that a succeeded attempt ran. */
export const runOf = ({ state, began, ended }: PlacedAttempt): readonly number[] =>
  state === 's' && began !== undefined && ended !== undefined ? [Math.max(0, ended - began)] : [];

/** @returns undefined for an empty list */
export const statisticOf = (numbers: readonly number[]): Statistic | undefined => {
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((a, b) => a + b, 0);
  return {
    mean: Math.round((sum / numbers.length) * 10) / 10,
    max: numbers.reduce((a, b) => Math.max(a, b), 0),
    count: numbers.length,
  };
};

/** Seconds that an attempt ran, until `read` if it still runs; 0 where its command never started. */
export const ranSecondsOf = ({ began, ended, state }: PlacedAttempt, read: number): number => {
  if (began === undefined) return 0;
  if (ended !== undefined) return Math.max(0, ended - began);
  return state === 'r' || state === 'l' ? Math.max(0, read - began) : 0;
};
