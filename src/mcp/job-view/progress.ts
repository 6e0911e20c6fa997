/** The progress of a job for a terminal: bars as wide as it, and lines on what changed. Pure. */
import { durationOf } from '../render/times.ts';
import { quoted } from '../render/untrusted.ts';
import type { FailureGroup, JobCourse, TaskCourse } from './course.ts';
import { countTextOf } from './figures.ts';
import { countsTextOf, failureTextOf, headlineOf, projectionTextOf } from './sentences.ts';
import { countIn } from './states.ts';

export interface Screen {
  readonly columns: number;
  /** Lines for tasks. */
  readonly rows: number;
}

// East Asian wide and fullwidth characters, and pictographs, take two columns; marks on a character none.
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const mark = /\p{M}/u;

const widthOf = (character: string): number => (mark.test(character) ? 0 : wide.test(character) ? 2 : 1);

/** The text in exactly so many columns: cut with `…`, or filled with spaces. Control characters become spaces. */
export const fitted = (text: string, columns: number): string => {
  const characters = [...text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')];
  const total = characters.reduce((sum, character) => sum + widthOf(character), 0);
  if (total <= columns) return characters.join('') + ' '.repeat(columns - total);
  let used = 0;
  const shown = characters.filter((character) => {
    // Once one does not fit, no later one is shown either.
    used += widthOf(character);
    return used < columns;
  });
  const width = shown.reduce((sum, character) => sum + widthOf(character), 0);
  return `${shown.join('')}…${' '.repeat(Math.max(0, columns - width - 1))}`;
};

const maxName = 24;
const minBar = 10;

/** The headline, a bar for each task, and what remains. */
export const progressLinesOf = (course: JobCourse, { columns, rows }: Screen): readonly string[] => {
  const shown = shownTasksOf(course.tasks, rows);
  const hidden = course.tasks.length + course.otherTasks - shown.length;
  const nameColumns = Math.min(maxName, Math.floor(columns / 4));
  const projection = projectionTextOf(course);
  const lines = [
    headlineOf(course),
    ...shown.map((task) => taskLineOf(task, nameColumns, columns)),
    ...(hidden > 0 ? [`${countTextOf(hidden)} more tasks`] : []),
    ...(projection ? [projection] : []),
    ...course.holds.slice(0, 2),
  ];
  // A full line would make the terminal begin another one.
  return lines.map((line) => fitted(line, columns - 1).trimEnd());
};

/** Those that run or have failed first, in the order of the job. */
const shownTasksOf = (tasks: readonly TaskCourse[], rows: number): readonly TaskCourse[] => {
  const rank = ({ counts }: TaskCourse): number =>
    countIn(counts, 'lr') > 0 ? 0 : countIn(counts, 'fi') > 0 ? 1 : countIn(counts, 'q') > 0 ? 2 : 3;
  const chosen = new Set([...tasks].sort((a, b) => rank(a) - rank(b)).slice(0, rows));
  return tasks.filter((task) => chosen.has(task));
};

const taskLineOf = (task: TaskCourse, nameColumns: number, columns: number): string => {
  const figures = task.counts === undefined ? 'not read yet' : countsTextOf(task.counts, task.instances);
  const bar = Math.max(minBar, Math.min(30, columns - nameColumns - figures.length - 6));
  return `${fitted(task.name, nameColumns)} [${barOf(task, bar)}] ${figures}`;
};

/** `#` done, `x` failed, `>` running, a space for the rest; what is there at all has at least one character. */
const barOf = ({ counts, instances }: TaskCourse, columns: number): string => {
  if (counts === undefined || instances === 0) return ' '.repeat(columns);
  const share = (letters: string): number => {
    const count = countIn(counts, letters);
    return count === 0 ? 0 : Math.max(1, Math.floor((count / instances) * columns));
  };
  const bar = `${'x'.repeat(share('fi'))}${'>'.repeat(share('lr'))}`;
  const done = Math.min(share('s'), Math.max(0, columns - bar.length));
  return `${'#'.repeat(done)}${bar}`.slice(0, columns).padEnd(columns);
};

/** What changed since the last reading, one line each: states of tasks, and failures as they appear. */
export const changeLinesOf = (before: JobCourse | undefined, after: JobCourse): readonly string[] => {
  const states = new Map((before?.tasks ?? []).map(({ name, state }) => [name, state]));
  const moved = after.tasks
    .filter(({ name, state }) => before !== undefined && states.get(name) !== state)
    .map(({ name, state }) => `task ${quoted(name, 40)} is ${state}`);
  const known = new Map((before?.failures ?? []).map((group) => [keyOf(group), group.count]));
  const failed = after.failures
    .map((group) => ({ group, more: group.count - (known.get(keyOf(group)) ?? 0) }))
    .filter(({ more }) => more > 0)
    .map(({ group, more }) => `${countTextOf(more)} failed: ${failureTextOf(group, after.tasks)}`);
  return [...moved, ...failed];
};

const keyOf = ({ ExitCode, reason }: FailureGroup): string => `${ExitCode ?? ''} ${reason}`;

/** The counts on one line, for a log. */
export const progressTextOf = (course: JobCourse): string =>
  `${durationOf(course.read)}: ${course.JobState}, ${countsTextOf(course.counts, course.coverage.instances)}`;
