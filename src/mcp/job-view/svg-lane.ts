/** The lane of one task in a picture: its attempts as bars, or of many attempts how many waited and ran. Pure. */
import type { Activity, Bar, TaskCourse } from './course.ts';
import { isFailedLetter } from './states.ts';
import { element } from './svg-parts.ts';

/** Where a lane is drawn, in pixels. */
export interface LaneBox {
  readonly y: number;
  readonly height: number;
  /** Position of a time, in seconds after the submission. */
  xOf(time: number): number;
  readonly read: number;
}

/** Thinner bars are not visible. */
const maxRows = 9;
const minWidth = 1.5;

export const drawLane = (task: TaskCourse, box: LaneBox): readonly string[] =>
  task.activity === undefined
    ? drawBars(task.bars, box)
    : [...drawActivity(task.activity, box), ...drawFailures(task.bars, box)];

/** When a bar ends: now, if it still runs. */
const endOf = ([, , queued, began, ended, state]: Bar, read: number): number =>
  ended ?? (began === null && state !== 'q' && state !== 'l' ? queued : read);

/** Rows in which bars do not overlap, as far as there is room: each bar goes into the first that is free. */
const rowsOf = (bars: readonly Bar[], read: number): readonly number[] => {
  const ends: number[] = [];
  return bars.map((bar) => {
    const start = bar[3] ?? bar[2];
    const free = ends.findIndex((end) => end <= start);
    const row = free === -1 ? Math.min(ends.length, maxRows - 1) : free;
    ends[row] = Math.max(ends[row] ?? 0, endOf(bar, read));
    return row;
  });
};

const drawBars = (bars: readonly Bar[], { y, height, xOf, read }: LaneBox): readonly string[] => {
  const sorted = [...bars].sort((a, b) => (a[3] ?? a[2]) - (b[3] ?? b[2]) || a[0] - b[0]);
  const rows = rowsOf(sorted, read);
  const rowHeight = height / Math.max(3, ...rows.map((row) => row + 1));
  const rect = (name: string, at: number, from: number, to: number): string =>
    element('rect', {
      class: name,
      x: xOf(from),
      y: y + (rows[at] ?? 0) * rowHeight,
      width: Math.max(minWidth, xOf(to) - xOf(from)),
      height: Math.max(1, rowHeight - 1),
    });
  // What waited is behind what ran in the same row.
  return [
    ...sorted.flatMap((bar, at) => {
      const to = bar[3] ?? endOf(bar, read);
      return bar[2] < to ? [rect('q', at, bar[2], to)] : [];
    }),
    ...sorted.flatMap((bar, at) => (bar[3] === null ? [] : [rect(bar[5], at, bar[3], endOf(bar, read))])),
  ];
};

/** Two areas on each other: those that run below, those that wait above. */
const drawActivity = (
  { from, step, waiting, running }: Activity,
  { y, height, xOf }: LaneBox,
): readonly string[] => {
  const most = Math.max(1, ...running.map((count, at) => count + (waiting[at] ?? 0)));
  const areaOf = (name: string, bottoms: readonly number[], tops: readonly number[]): string => {
    const point = (at: number, count: number): string =>
      `${Math.round(xOf(from + at * step) * 10) / 10},${Math.round((y + height - (count / most) * height) * 10) / 10}`;
    const upper = tops.flatMap((count, at) => [point(at, count), point(at + 1, count)]);
    const lower = bottoms.flatMap((count, at) => [point(at, count), point(at + 1, count)]).reverse();
    return element('polygon', { class: name, points: [...upper, ...lower].join(' ') });
  };
  const zero = running.map(() => 0);
  const both = running.map((count, at) => count + (waiting[at] ?? 0));
  return [areaOf('q', running, both), areaOf('r', zero, running)];
};

/** Where attempts failed, below the areas. */
const drawFailures = (bars: readonly Bar[], { y, height, xOf }: LaneBox): readonly string[] => {
  const times = bars.flatMap(([, , , , ended, state]) =>
    isFailedLetter(state) && ended !== null ? [ended] : [],
  );
  return [...new Set(times.map((time) => Math.round(xOf(time))))].map((x) =>
    element('rect', { class: 'f', x, y: y + height - 5, width: 2, height: 5 }),
  );
};
