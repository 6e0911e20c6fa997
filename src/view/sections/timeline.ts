/** The timeline: one lane for each task, on a common axis. */
import type { Bar, JobCourse, TaskCourse } from '../../mcp/job-view/course.ts';
import { activityOf, areaOf, endOf, rowsOf } from '../../mcp/job-view/lane-layout.ts';
import { elapsedOf } from '../../mcp/job-view/sentences.ts';
import { isFailedLetter } from '../../mcp/job-view/states.ts';
import { ticksOf } from '../../mcp/job-view/ticks.ts';
import { type Part, part } from '../draw/element.ts';
import { durationOf, kindOf, pluralOf, stateKinds, stateText } from '../format.ts';

/** Width of a lane in its own units; it is stretched to the width of the page. */
const width = 1000;
const rowHeight = 9;
const areaHeight = 38;
const waitingHeight = 13;
const minWidth = 2.5;
// As many labels as a narrow page has room for.
const maxTicks = 5;
// A label that begins later does not fit on a narrow page.
const lastLabelAt = 0.85;
// The end distinguishes names such as `align-01` and `align-02`.
const nameEnd = 6;

interface Axis {
  readonly now: number;
  readonly length: number;
  /** Whether it continues after now. */
  readonly hasProjection: boolean;
  xOf(time: number): number;
}

const axisOf = (course: JobCourse): Axis => {
  const now = elapsedOf(course);
  const projected = [course, ...course.tasks].flatMap(({ projectedEnd }) =>
    projectedEnd === undefined ? [] : typeof projectedEnd === 'number' ? projectedEnd : projectedEnd.time,
  );
  const length = Math.max(1, now, ...projected);
  return { now, length, hasProjection: length > now, xOf: (time) => (Math.max(0, time) / length) * width };
};

export const timelineOf = (course: JobCourse): Part => {
  const axis = axisOf(course);
  return part(
    'section',
    { class: 'timeline', 'data-key': 'timeline', 'aria-labelledby': 'timeline-title' },
    part('h2', { id: 'timeline-title' }, 'Timeline'),
    part(
      'ol',
      { class: 'lanes' },
      ...course.tasks.map((task, index) => laneOf(task, index, axis)),
      axisPartOf(axis),
    ),
    keyOf(course, axis),
  );
};

/** The meaning of the colours that are drawn. */
const keyOf = ({ coverage, projectedEnd, tasks }: JobCourse, axis: Axis): Part => {
  const hasArea = (task: TaskCourse): boolean => task.bars.length > 0 && rowsOf(task, axis.now) === undefined;
  const drawn = new Set(
    tasks.flatMap((task) =>
      hasArea(task)
        ? ['r', ...(task.bars.some(([, , , , , letter]) => isFailedLetter(letter)) ? ['f'] : [])]
        : task.bars.flatMap(([, , , began, , letter]) => (began === null ? [] : [letter])),
    ),
  );
  return part(
    'p',
    { class: 'quiet key' },
    part('span', { class: 'swatch queue', 'aria-hidden': 'true' }),
    'waiting',
    ...stateKinds
      .filter(({ letters }) => [...letters].some((letter) => drawn.has(letter)))
      .flatMap(({ kind, label }) => [
        part('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' }),
        label,
      ]),
    tasks.some(hasArea) ? ' · areas: counts over time, each relative to its maximum' : undefined,
    projectedEnd === undefined ? undefined : ` · dashed: projected. ${projectedEnd.basis}`,
    coverage.attempts === 'last' ? ' · only the last attempt of each instance is known' : undefined,
  );
};

const axisPartOf = (axis: Axis): Part =>
  part(
    'li',
    { class: 'axis', 'data-key': 'axis', 'aria-hidden': 'true' },
    part('span', {}),
    part(
      'div',
      { class: 'ticks' },
      ...ticksOf(axis.length, maxTicks).map((time) =>
        part(
          'span',
          {
            '--at': time / axis.length,
            'data-key': `tick-${time}`,
            class: time / axis.length > lastLabelAt ? 'end' : '',
          },
          durationOf(time),
        ),
      ),
    ),
  );

/** The name in two parts, of which the first is shortened where there is no room. */
const nameOf = (name: string): Part => {
  const letters = [...name];
  return part(
    'span',
    { class: 'lane-name' },
    part('span', {}, letters.slice(0, -nameEnd).join('')),
    part('span', {}, letters.slice(-nameEnd).join('')),
  );
};

const laneOf = (task: TaskCourse, index: number, axis: Axis): Part => {
  const rows = rowsOf(task, axis.now);
  const height = rows === undefined ? areaHeight : rows.rows * rowHeight + 5;
  return part(
    'li',
    { class: 'lane', 'data-key': `lane-${index}` },
    nameOf(task.name),
    part(
      'svg',
      {
        ...{
          class: 'lane-drawing',
          viewBox: `0 0 ${width} ${height}`,
          role: 'img',
          preserveAspectRatio: 'none',
          '--height': `${height}px`,
        },
        'aria-label': laneText(task, axis),
      },
      ...ticksOf(axis.length, maxTicks).map((time) =>
        part('path', { class: 'grid', d: `M${axis.xOf(time)} 0V${height}` }),
      ),
      ...(rows === undefined
        ? areaPartsOf(task, axis, height)
        : rows.placed.flatMap(({ bar, row }) => barPartsOf(bar, index, row * rowHeight + 3, axis))),
      ...projectionOf(task, axis, height),
      axis.hasProjection
        ? part('path', { class: 'now', d: `M${axis.xOf(axis.now)} 0V${height}` })
        : undefined,
    ),
  );
};

/** Queue time light, run time solid. */
const barPartsOf = (bar: Bar, task: number, y: number, axis: Axis): readonly Part[] => {
  const [instance, attempt, queued, began, , letter] = bar;
  const end = endOf(bar, axis.now);
  const { kind, label } = kindOf(letter);
  const height = rowHeight - 3;
  const started = began ?? end;
  const ran = began === null ? '' : `, ran ${durationOf(end - began)}`;
  const title = part(
    'title',
    {},
    `Instance ${instance}, attempt ${attempt}: ${label}; waited ${durationOf(started - queued)}${ran}.`,
  );
  const address = { 'data-do': 'log', 'data-task': task, 'data-instance': instance, 'data-attempt': attempt };
  const waited = axis.xOf(started) - axis.xOf(queued);
  return [
    ...(waited > 0
      ? [part('rect', { class: 'queue', x: axis.xOf(queued), y, width: waited, height, ...address }, title)]
      : []),
    ...(began === null
      ? []
      : [
          part(
            'rect',
            {
              ...{ class: `fill ${kind}`, y, height, ...address },
              // What began and ended with the job is seen as well.
              x: Math.min(axis.xOf(began), width - minWidth),
              width: Math.max(minWidth, axis.xOf(end) - axis.xOf(began)),
            },
            title,
          ),
        ]),
  ];
};

/** Counts over time, with a mark for each failed attempt that is known. */
const areaPartsOf = (task: TaskCourse, axis: Axis, height: number): readonly Part[] => {
  if (task.bars.length === 0 && task.activity === undefined) return [];
  const activity = task.activity ?? activityOf(task.bars, axis.now);
  // Thousands wait where a few run: with one scale, the running ones would not be visible.
  const areaPartOf = (name: string, counts: readonly number[], top: number, bottom: number): Part => {
    const most = Math.max(1, ...counts);
    const yOf = (count: number): number => bottom - (count / most) * (bottom - top);
    const xOf = (time: number): number => axis.xOf(Math.min(time, axis.now));
    return part('path', { class: name, d: areaOf(activity, counts, xOf, yOf) });
  };
  return [
    areaPartOf('queue', activity.waiting, 2, waitingHeight),
    areaPartOf('running-area', activity.running, waitingHeight + 2, height - 2),
    ...task.bars
      .filter(([, , , , ended, letter]) => ended !== null && isFailedLetter(letter))
      .map((bar) =>
        part('rect', {
          ...{
            class: 'fill failed',
            x: Math.min(axis.xOf(endOf(bar, axis.now)) - 1.5, width - 3),
            y: 0,
            width: 3,
            height,
          },
        }),
      ),
  ];
};

const projectionOf = (task: TaskCourse, axis: Axis, height: number): readonly Part[] =>
  task.projectedEnd === undefined || task.projectedEnd <= axis.now
    ? []
    : [
        part('rect', {
          ...{ class: 'projected', x: axis.xOf(axis.now), y: 3, height: height - 6 },
          width: axis.xOf(task.projectedEnd) - axis.xOf(axis.now),
        }),
      ];

const laneText = (task: TaskCourse, axis: Axis): string => {
  const { name, state, began, ended, attempts, retries, waitSeconds, runSeconds, projectedEnd } = task;
  return [
    `${name}: ${stateText(state)}`,
    began === undefined ? 'not started' : `from ${durationOf(began)} to ${durationOf(ended ?? axis.now)}`,
    attempts > 0
      ? `${pluralOf(attempts, 'attempt')}${retries > 0 ? `, ${retries} of them repeated` : ''}`
      : '',
    waitSeconds === undefined ? '' : `waited ${durationOf(waitSeconds.mean)} on average`,
    runSeconds === undefined ? '' : `ran ${durationOf(runSeconds.mean)} on average`,
    projectedEnd === undefined ? '' : `projected to end at ${durationOf(projectedEnd)}`,
  ]
    .filter(Boolean)
    .join('; ');
};
