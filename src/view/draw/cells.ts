/** The instances of a job as cells: one for each, or for each range of them where there are too many. Pure. */

import type { JobCourse } from '../../mcp/job-view/course.ts';
import { countTextOf } from '../../mcp/job-view/figures.ts';
import { expandStates } from '../../mcp/job-view/states.ts';
import { kindOf, pluralOf, stateKinds, urgency } from '../format.ts';

export interface Cell {
  readonly task: number;
  /** The first and the last instance. */
  readonly from: number;
  readonly to: number;
  /** The state of the most urgent of them. */
  readonly letter: string;
  /** The instance whose log is shown: the first with that state. */
  readonly instance: number;
}

export interface CellGroup {
  readonly key: string;
  readonly label: string;
  readonly cells: readonly Cell[];
  /** Instances per cell. */
  readonly size: number;
}

// A canvas of this many cells of six pixels is about as high as the rest of the page.
const maxCells = 5_000;
// Each group can be reached with the Tab key; more groups are in the table of tasks only.
const maxGroups = 40;

/** One group for each task with several instances, and one for all other tasks. */
export const cellGroupsOf = ({ tasks }: JobCourse): readonly CellGroup[] => {
  const states = tasks.map((task) => expandStates(task.states));
  const single = states.flatMap((letters, task) =>
    letters.length === 1 ? [{ task, from: 0, to: 0, letter: letters, instance: 0 }] : [],
  );
  const arrays = states.flatMap((letters, task) =>
    letters.length > 1 ? [arrayGroupOf(letters, task, tasks[task]?.name ?? '')] : [],
  );
  return [
    ...arrays.slice(0, single.length > 0 ? maxGroups - 1 : maxGroups),
    ...(single.length > 0
      ? [{ key: 'single', label: arrays.length > 0 ? 'other tasks' : '', cells: single, size: 1 }]
      : []),
  ];
};

const arrayGroupOf = (letters: string, task: number, name: string): CellGroup => {
  const size = Math.ceil(letters.length / maxCells);
  const cells = Array.from({ length: Math.ceil(letters.length / size) }, (_, index): Cell => {
    const from = index * size;
    const to = Math.min(from + size, letters.length) - 1;
    const own = letters.slice(from, to + 1);
    const letter = urgency.find((one) => own.includes(one)) ?? '.';
    return { task, from, to, letter, instance: from + own.indexOf(letter) };
  });
  return { key: `cells-${task}`, label: name, cells, size };
};

/** A cell in words: `Instance 17: failed`. */
export const cellText = (cell: Cell, course: JobCourse, isSingle: boolean): string => {
  const { label } = kindOf(cell.letter);
  if (isSingle) return `${course.tasks[cell.task]?.name ?? ''}: ${label}`;
  if (cell.from === cell.to) return `Instance ${cell.from}: ${label}`;
  const letters = expandStates(course.tasks[cell.task]?.states ?? '').slice(cell.from, cell.to + 1);
  const counts = stateKinds
    .map((kind) => ({
      ...kind,
      count: [...letters].filter((letter) => kind.letters.includes(letter)).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ label: state, count }) => `${countTextOf(count)} ${state}`);
  return `Instances ${cell.from} to ${cell.to}: ${counts.join(', ')}`;
};

/** `1,000 instances of align, 25 in each cell`. */
export const groupText = ({ label, cells, size }: CellGroup): string => {
  const count = cells.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const what = `${pluralOf(count, 'instance')}${label === '' ? '' : ` of ${label}`}`;
  return size > 1 ? `${what}, ${size} in each cell` : what;
};

/** The next position of the active cell for a key; undefined for other keys. */
export const moveOf = (
  key: string,
  at: number,
  cells: readonly Cell[],
  columns: number,
): number | undefined => {
  const last = cells.length - 1;
  switch (key) {
    case 'ArrowRight':
      return Math.min(at + 1, last);
    case 'ArrowLeft':
      return Math.max(at - 1, 0);
    case 'ArrowDown':
      return at + columns <= last ? at + columns : at;
    case 'ArrowUp':
      return at - columns >= 0 ? at - columns : at;
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'n': {
      const isFailed = ({ letter }: Cell): boolean => 'fi'.includes(letter);
      const next = cells.findIndex((cell, index) => index > at && isFailed(cell));
      return next === -1 ? Math.max(0, cells.findIndex(isFailed)) : next;
    }
    default:
      return undefined;
  }
};
