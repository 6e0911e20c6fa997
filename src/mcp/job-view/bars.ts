/** Attempts as bars of a timeline: all of a small task, and of a large one a selection with counts over time. Pure. */
import type { Activity, Bar } from './course.ts';
import type { AttemptFacts, TaskFacts } from './facts.ts';
import { isActiveLetter, isFailedLetter } from './states.ts';
import type { PlacedAttempt } from './statistics.ts';

/**
 * All attempts of a task, by instance and number.
 * @param queued when the tasks before it had ended; a repeated attempt waits from the end of the one before it
 */
export const placedAttemptsOf = (
  { instances, earlier }: TaskFacts,
  queued: number,
): readonly PlacedAttempt[] => {
  const before = new Map<number, AttemptFacts[]>();
  for (const attempt of earlier) {
    const own = before.get(attempt.index);
    if (own === undefined) before.set(attempt.index, [attempt]);
    else own.push(attempt);
  }
  const placed: PlacedAttempt[] = [];
  const add = (own: readonly AttemptFacts[]): void => {
    let from = queued;
    for (const [position, attempt] of own.entries()) {
      const number = attempt.attempt ?? (own[position - 1]?.attempt ?? 0) + 1;
      placed.push({ ...attempt, attempt: number, queued: from, isRepeated: position < own.length - 1 });
      from = attempt.ended ?? from;
    }
  };
  for (const [index, last] of instances.entries()) {
    // Before it is queued there is nothing to draw.
    if (last === undefined || last.state === 'n' || last.state === 'p') continue;
    add([...(before.get(index) ?? []), last]);
    before.delete(index);
  }
  // Their last attempt was not read.
  for (const own of before.values()) add(own);
  return placed;
};

/**
 * @param max number of bars
 * @param failureOf position of the group of a failed attempt
 */
export const barsOf = (
  attempts: readonly PlacedAttempt[],
  max: number,
  failureOf: (attempt: AttemptFacts) => number | undefined,
): readonly Bar[] =>
  selected(attempts, max).map((attempt) => [
    attempt.index,
    attempt.attempt,
    attempt.queued,
    attempt.began ?? null,
    attempt.ended ?? null,
    attempt.state,
    isFailedLetter(attempt.state) ? (failureOf(attempt) ?? null) : null,
  ]);

/** Failures, repeated attempts and those that run longest, each in a part of the room; then evenly over all. */
const selected = (attempts: readonly PlacedAttempt[], max: number): readonly PlacedAttempt[] => {
  if (attempts.length <= max) return attempts;
  const chosen = new Set<PlacedAttempt>();
  const add = (from: readonly PlacedAttempt[], share: number): void => {
    const room = Math.max(1, Math.floor(max * share));
    for (const attempt of evenlyFrom(from, Math.min(room, max - chosen.size))) chosen.add(attempt);
  };
  add(
    attempts.filter(({ state }) => isFailedLetter(state)),
    0.3,
  );
  add(
    attempts.filter(({ isRepeated }) => isRepeated),
    0.2,
  );
  const active = attempts.filter(({ state }) => isActiveLetter(state));
  add([...active].sort((a, b) => (a.began ?? 0) - (b.began ?? 0)).slice(0, Math.ceil(max / 5)), 0.2);
  for (const attempt of evenlyFrom(attempts, max)) {
    if (chosen.size >= max) break;
    chosen.add(attempt);
  }
  return attempts.filter((attempt) => chosen.has(attempt));
};

const evenlyFrom = <T>(items: readonly T[], count: number): readonly T[] =>
  items.length <= count
    ? items
    : Array.from({ length: count }, (_, at) => items[Math.floor((at * items.length) / count)]).filter(
        (item) => item !== undefined,
      );

/** How many attempts waited and ran at evenly distributed times. */
export const activityOf = (attempts: readonly PlacedAttempt[], read: number, maxSteps: number): Activity => {
  const from = attempts.reduce((least, { queued }) => Math.min(least, queued), read);
  const to = attempts.reduce(
    (last, { ended, began, queued }) => Math.max(last, ended ?? began ?? queued),
    from,
  );
  const end = attempts.some(({ ended }) => ended === undefined) ? Math.max(to, read) : to;
  const step = Math.max(1, Math.ceil((end - from + 1) / maxSteps));
  const steps = Math.ceil((end - from + 1) / step);
  const waiting = new Array<number>(steps + 1).fill(0);
  const running = new Array<number>(steps + 1).fill(0);
  const count = (list: number[], first: number, last: number): void => {
    const [a, b] = [Math.ceil((first - from) / step), Math.ceil((last - from) / step)];
    list[a] = (list[a] ?? 0) + 1;
    list[b] = (list[b] ?? 0) - 1;
  };
  for (const { queued, began, ended } of attempts) {
    count(waiting, queued, began ?? ended ?? end + 1);
    if (began !== undefined) count(running, began, ended ?? end + 1);
  }
  return { from, step, waiting: summed(waiting, steps), running: summed(running, steps) };
};

const summed = (changes: readonly number[], steps: number): readonly number[] => {
  let sum = 0;
  return changes.slice(0, steps).map((change) => {
    sum += change;
    return sum;
  });
};
