/** The lane of one task in a picture: its attempts as bars, or of many attempts how many waited and ran. Pure. */
import type { Activity, Bar, TaskCourse } from './course.ts';
import { activityOf, areaOf, endOf, rowsOf } from './lane-layout.ts';
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
const minWidth = 1.5;
/** A lane with few rows would have bars of another height than its neighbours. */
const minRows = 3;
/** The part of an area lane in which those that wait are drawn. */
const waitingShare = 0.35;

export const drawLane = (task: TaskCourse, box: LaneBox): readonly string[] => {
  const rows = rowsOf(task, box.read);
  if (rows !== undefined) return drawBars(rows, box);
  const activity = task.activity ?? activityOf(task.bars, box.read);
  return [...drawActivity(activity, box), ...drawFailures(task.bars, box)];
};

type Rows = NonNullable<ReturnType<typeof rowsOf>>;

const drawBars = ({ placed, rows }: Rows, { y, height, xOf, read }: LaneBox): readonly string[] => {
  const rowHeight = height / Math.max(minRows, rows);
  const rect = (name: string, row: number, from: number, to: number): string =>
    element('rect', {
      class: name,
      x: xOf(from),
      y: y + row * rowHeight,
      width: Math.max(minWidth, xOf(to) - xOf(from)),
      height: Math.max(1, rowHeight - 1),
    });
  return placed.flatMap(({ bar, row }) => {
    const [, , queued, began, , letter] = bar;
    const end = endOf(bar, read);
    const started = began ?? end;
    return [
      ...(queued < started ? [rect('q', row, queued, started)] : []),
      ...(began === null ? [] : [rect(letter, row, began, end)]),
    ];
  });
};

/** Those that wait above, those that run below. With one scale, a few that run beside thousands would not be visible. */
const drawActivity = (activity: Activity, { y, height, xOf }: LaneBox): readonly string[] => {
  const middle = y + height * waitingShare;
  const areaPartOf = (name: string, counts: readonly number[], top: number, bottom: number): string => {
    const most = Math.max(1, ...counts);
    const yOf = (count: number): number => bottom - (count / most) * (bottom - top);
    return element('path', { class: name, d: areaOf(activity, counts, xOf, yOf) });
  };
  return [
    areaPartOf('q', activity.waiting, y, middle - 1),
    areaPartOf('r', activity.running, middle + 1, y + height),
  ];
};

/** Where attempts failed, over the whole lane. */
const drawFailures = (bars: readonly Bar[], { y, height, xOf }: LaneBox): readonly string[] => {
  const times = bars.flatMap(([, , , , ended, state]) =>
    isFailedLetter(state) && ended !== null ? [ended] : [],
  );
  return [...new Set(times.map((time) => Math.round(xOf(time))))].map((x) =>
    element('rect', { class: 'f', x, y, width: 2, height }),
  );
};
