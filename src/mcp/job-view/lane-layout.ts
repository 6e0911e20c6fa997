/** Where the attempts of a task are drawn in its lane. Pure. */
import type { Activity, Bar, TaskCourse } from './course.ts';

export interface PlacedBar {
  readonly bar: Bar;
  readonly row: number;
}

// More rows are too low to tell attempts apart; counts over time show more then.
const maxRows = 8;

interface Placement {
  readonly placed: readonly PlacedBar[];
  readonly rows: number;
}

/** The rows of a task's attempts; undefined where they are shown as counts over time. */
export const rowsOf = ({ bars, attempts }: TaskCourse, now: number): Placement | undefined =>
  bars.length === attempts ? placeBars(bars, now, maxRows) : undefined;

/**
 * Assigns a row to each attempt: the attempts of one instance are in one row, and a row holds several instances that do
 * not overlap.
 * @param now the end of attempts that have not ended
 * @returns undefined where more than `maxRows` rows would be needed
 */
export const placeBars = (bars: readonly Bar[], now: number, maxRows: number): Placement | undefined => {
  const byInstance = new Map<number, Bar[]>();
  for (const bar of bars) byInstance.set(bar[0], [...(byInstance.get(bar[0]) ?? []), bar]);
  const spans = [...byInstance.values()]
    .map((own) => ({
      own,
      from: Math.min(...own.map(([, , queued]) => queued)),
      to: Math.max(...own.map((bar) => endOf(bar, now))),
    }))
    .sort((a, b) => a.from - b.from || (a.own[0]?.[0] ?? 0) - (b.own[0]?.[0] ?? 0));
  const ends: number[] = [];
  const placed: PlacedBar[] = [];
  for (const { own, from, to } of spans) {
    const free = ends.findIndex((end) => end <= from);
    const row = free === -1 ? ends.length : free;
    if (row >= maxRows) return undefined;
    ends[row] = to;
    placed.push(...own.map((bar) => ({ bar, row })));
  }
  return { placed, rows: Math.max(1, ends.length) };
};

/** When an attempt ended, or now. */
export const endOf = ([, , queued, began, ended]: Bar, now: number): number =>
  ended ?? Math.max(now, began ?? queued);

/** How many attempts waited and ran over time, for a lane with too many bars for rows. */
export const activityOf = (bars: readonly Bar[], now: number): Activity => {
  const from = Math.min(...bars.map(([, , queued]) => queued));
  const to = Math.max(...bars.map((bar) => endOf(bar, now)));
  const step = Math.max(1, Math.ceil((to - from) / maxPoints));
  const times = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
  const countAt = (isIn: (bar: Bar, time: number) => boolean): readonly number[] =>
    times.map((time) => bars.filter((bar) => isIn(bar, time)).length);
  return {
    ...{ from, step },
    waiting: countAt(
      (bar, time) => bar[2] <= time && time < (bar[3] ?? endOf(bar, now)) && time < endOf(bar, now),
    ),
    running: countAt((bar, time) => bar[3] !== null && bar[3] <= time && time < endOf(bar, now)),
  };
};

// More points than pixels of a lane are not visible.
const maxPoints = 300;

/** The outline of counts over time as the path of a closed area. @param xOf position of a time @param yOf of a count */
export const areaOf = (
  { from, step }: Activity,
  counts: readonly number[],
  xOf: (time: number) => number,
  yOf: (count: number) => number,
): string => {
  const steps = counts.map((count, index) => {
    const [left, right] = [xOf(from + index * step), xOf(from + (index + 1) * step)];
    return `L${round(left)} ${round(yOf(count))}L${round(right)} ${round(yOf(count))}`;
  });
  return `M${round(xOf(from))} ${round(yOf(0))}${steps.join('')}L${round(xOf(from + counts.length * step))} ${round(yOf(0))}Z`;
};

const round = (value: number): number => Math.round(value * 10) / 10;
