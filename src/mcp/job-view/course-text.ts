/** The course of a job as text, for models and terminals: at most some hundred tokens. Pure. */
import type { Fields } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { absoluteTimeOf, durationOf } from '../render/times.ts';
import { quoted } from '../render/untrusted.ts';
import type { JobCourse, TaskCourse } from './course.ts';
import { countTextOf } from './figures.ts';
import { axisOf, laneOf, stepOf } from './lanes.ts';
import {
  costTextOf,
  criticalPathTextOf,
  failureTextOf,
  projectionTextOf,
  retryTextOf,
  taskCostTextOf,
  useTextOf,
} from './sentences.ts';
import { countIn, isFailedLetter } from './states.ts';

/** Each lane costs some 30 tokens. */
const maxLanes = 10;
const laneColumns = 20;
/** How many of each thing are shown, and characters of a name: of a job with many lanes less of everything else. */
const few = { lanes: 5, failures: 3, uses: 3, holds: 3, path: 5, name: 40 } as const;
const many = { failures: 1, uses: 1, holds: 2, path: 2, name: 18 } as const;

/** The fields of the answer; a field that would be empty is absent. */
export const courseFieldsOf = (course: JobCourse): Fields => {
  const { tasks, failures, holds, coverage } = course;
  const shown = shownTasksOf(course);
  const axis = axisOf(course, laneColumns);
  const hidden = tasks.length + course.otherTasks - shown.length;
  const projection = projectionTextOf(course);
  const retries = retryTextOf(course);
  const max = shown.length <= few.lanes ? few : many;
  const uses = usesOf(shown, max.uses, max.name);
  const others = failures.slice(max.failures).reduce((sum, { count }) => sum + count, course.otherFailures);
  return {
    JobId: course.JobId,
    JobState: course.JobState,
    ...(course.reason !== '' && { StateReason: course.reason }),
    columns: `${columns}; a character is ${durationOf(stepOf(axis))} from ${absoluteTimeOf(course.created)}: . waits = runs x fails${projection ? ' - projected' : ''}`,
    lanes: shown.map((task) => laneTextOf(task, course, max.name)),
    ...(hidden > 0 && { otherTasks: otherTasksOf(course, shown, hidden) }),
    ...(tasks.length > 1 &&
      course.criticalPath.length > 0 && { criticalPath: criticalPathTextOf(course, max.path, max.name) }),
    ...(projection && { projected: projection }),
    ...(failures.length > 0 && {
      failures: failures.slice(0, max.failures).map((group) => failureTextOf(group, tasks, max.name)),
    }),
    ...(others > 0 && { otherFailures: `${counted(others, 'attempt')} in other ways` }),
    ...(holds.length > 0 && { waiting: holds.slice(0, max.holds).map(withoutLeadingQuote) }),
    cost: costTextOf(course),
    ...(retries && { retries }),
    ...(uses.length > 0 && { use: uses }),
    coverage: coverageTextOf(course, coverage.calls),
  };
};

/** Text that begins with a quote would be quoted once more in the answer. */
const withoutLeadingQuote = (sentence: string): string =>
  sentence.startsWith('"') ? `task ${sentence}` : sentence;

/** What is wrong or still runs first, then the critical path; in the order of the job. */
const shownTasksOf = ({ tasks, criticalPath }: JobCourse): readonly TaskCourse[] => {
  if (tasks.length <= maxLanes) return tasks;
  const rank = (task: TaskCourse, position: number): number => {
    if (task.bars.some(([, , , , , state]) => isFailedLetter(state)) || countIn(task.counts, 'fi') > 0)
      return 0;
    if (countIn(task.counts, 'lr') > 0) return 1;
    return criticalPath.includes(position) ? 2 : 3;
  };
  const ranked = tasks
    .map((task, position) => ({ task, position, rank: rank(task, position) }))
    .sort((a, b) => a.rank - b.rank || a.position - b.position)
    .slice(0, maxLanes);
  return ranked.sort((a, b) => a.position - b.position).map(({ task }) => task);
};

/** The columns of `laneTextOf`. */
const columns = 'timeline task done running failed instances retries mean-wait mean-run cost';

const laneTextOf = (task: TaskCourse, course: JobCourse, maxName: number): string => {
  const { counts, waitSeconds, runSeconds, cost, instances, retries } = task;
  const after = task.after.slice(0, 3).map((position) => quoted(course.tasks[position]?.name ?? '', maxName));
  const more = task.after.length > 3 ? ` and ${task.after.length - 3} more` : '';
  const values = [
    ...(counts === undefined
      ? ['?', '?', '?']
      : [countIn(counts, 's'), countIn(counts, 'lr'), countIn(counts, 'fi')]),
    instances === 0 ? '?' : instances,
    retries,
    waitSeconds ? durationOf(waitSeconds.mean).replace(' ', '') : '-',
    runSeconds ? durationOf(runSeconds.mean).replace(' ', '') : '-',
    cost.amount === undefined ? '-' : taskCostTextOf(task),
    // A chain is what one expects; only another order is worth its tokens.
    ...(isNext(task, course) || after.length === 0 ? [] : [`after ${after.join(', ')}${more}`]),
  ];
  return `|${laneOf(task, axisOf(course, laneColumns), course.read)}| ${quoted(task.name, maxName)} ${values.join(' ')}`;
};

/** Whether the only task before it is the one in the lane above. */
const isNext = (task: TaskCourse, { tasks }: JobCourse): boolean =>
  task.after.length === 1 && tasks[(task.after[0] ?? 0) + 1] === task;

const otherTasksOf = (
  { tasks, otherTasks }: JobCourse,
  shown: readonly TaskCourse[],
  others: number,
): string => {
  const hidden = tasks.filter((task) => !shown.includes(task));
  const instances = hidden.reduce((sum, task) => sum + task.instances, 0);
  const states = new Map<string, number>();
  for (const { state } of hidden) states.set(state, (states.get(state) ?? 0) + 1);
  const byState = [...states].map(([state, count]) => `${count} ${state}`).join(', ');
  const unread = otherTasks > 0 ? `, ${otherTasks} not in this list` : '';
  return `${counted(others, 'more task')} (${byState}${unread}) with ${countTextOf(instances)} instances`;
};

/** Tasks with advice first; equal sentences, such as that nothing was measured, only once. */
const usesOf = (tasks: readonly TaskCourse[], maxUses: number, maxName: number): readonly string[] => {
  const hasAdvice = ({ use }: TaskCourse): boolean => use.isMeasured && use.advice !== undefined;
  const measured = tasks.filter(({ use }) => use.isMeasured);
  if (measured.length === 0) {
    const reasons = [...new Set(tasks.map(({ use }) => useTextOf(use)))];
    return reasons.slice(0, 1);
  }
  const first = [...measured].sort((a, b) => Number(hasAdvice(b)) - Number(hasAdvice(a))).slice(0, maxUses);
  const texts = tasks
    .filter((task) => first.includes(task))
    .map((task) => `task ${quoted(task.name, maxName)}: ${useTextOf(task.use)}`);
  const rest = tasks.length - first.length;
  return rest > 0 ? [...texts, counted(rest, 'more task')] : texts;
};

const coverageTextOf = ({ coverage }: JobCourse, calls: number): string => {
  const isAll = coverage.readInstances >= coverage.instances;
  return [
    ...(isAll ? [`All ${counted(coverage.instances, 'instance')} read.`] : []),
    ...coverage.notes,
    `${counted(calls, 'API call')}.`,
  ].join(' ');
};
