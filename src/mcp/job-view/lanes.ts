/** A timeline of characters: one lane for each task, as wide as a few words. Pure. */
import type { JobCourse, TaskCourse } from './course.ts';
import { isFailedLetter } from './states.ts';

/** The span of time that all lanes have in common, in seconds after the submission. */
export interface Axis {
  readonly to: number;
  readonly columns: number;
}

/** From the submission to the end, or to the projected end. */
export const axisOf = (
  course: Pick<JobCourse, 'ended' | 'read' | 'projectedEnd'>,
  columns: number,
): Axis => ({
  to: Math.max(1, course.ended ?? course.projectedEnd?.time ?? course.read),
  columns,
});

/** Seconds of one column. */
export const stepOf = ({ to, columns }: Axis): number => to / columns;

/** `.` waits, `=` runs, `x` runs and fails, `-` is projected; a space is neither. */
export const laneOf = (task: TaskCourse, axis: Axis, read: number): string =>
  Array.from({ length: axis.columns }, (_, column) => {
    const step = stepOf(axis);
    return columnOf(task, { from: column * step, to: (column + 1) * step }, read);
  }).join('');

interface Span {
  readonly from: number;
  readonly to: number;
}

const columnOf = (task: TaskCourse, span: Span, read: number): string => {
  if (span.from >= read && task.ended === undefined) {
    const isProjected = task.projectedEnd !== undefined && span.from < task.projectedEnd;
    return isProjected ? '-' : ' ';
  }
  const hasFailed = task.bars.some(
    ([, , , , ended, state]) => isFailedLetter(state) && ended !== null && isIn(ended, span),
  );
  if (hasFailed) return 'x';
  const { isRunning, isWaiting } = task.activity ? countedIn(task, span) : drawnIn(task, span, read);
  if (isRunning) return '=';
  return isWaiting ? '.' : ' ';
};

/** The end of a column belongs to it, so that what ends with the job is seen. */
const isIn = (time: number, { from, to }: Span): boolean => (time > from || from === 0) && time <= to + 1e-9;

const drawnIn = ({ bars }: TaskCourse, span: Span, read: number) => {
  const overlaps = (from: number, to: number): boolean => from < span.to && to > span.from;
  return {
    isRunning: bars.some(
      ([, , , began, ended]) =>
        // Times are whole seconds: what ran for less began and ended at one time.
        began !== null && (began === ended ? isIn(began, span) : overlaps(began, ended ?? read)),
    ),
    isWaiting: bars.some(([, , queued, began, ended]) => overlaps(queued, began ?? ended ?? read)),
  };
};

const countedIn = ({ activity }: TaskCourse, { from, to }: Span) => {
  if (activity === undefined) return { isRunning: false, isWaiting: false };
  const first = Math.max(0, Math.floor((from - activity.from) / activity.step));
  const last = Math.ceil((to - activity.from) / activity.step);
  const hasAny = (counts: readonly number[]): boolean =>
    last > 0 && counts.slice(first, Math.max(first + 1, last)).some((count) => count > 0);
  return { isRunning: hasAny(activity.running), isWaiting: hasAny(activity.waiting) };
};
