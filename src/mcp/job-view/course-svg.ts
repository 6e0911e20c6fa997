/** The timeline of a job as an SVG picture: text without scripts, links or external resources. Pure. */
import { absoluteTimeOf, durationOf } from '../render/times.ts';
import type { JobCourse, TaskCourse } from './course.ts';
import { countTextOf, shortenedInside } from './figures.ts';
import { rowsOf } from './lane-layout.ts';
import {
  costTextOf,
  elapsedOf,
  headlineOf,
  projectionTextOf,
  retryTextOf,
  taskCostTextOf,
  taskCountsOf,
  taskTimesOf,
} from './sentences.ts';
import { drawLane, type LaneBox } from './svg-lane.ts';
import { element, linesOf, textAt } from './svg-parts.ts';
import { ticksOf } from './ticks.ts';

const width = 1000;
const margin = 16;
/** Where lanes begin, right of the names. */
const left = 300;
const laneHeight = 44;
const headHeight = 150;
/** A picture with more lanes is not readable. */
const maxLanes = 60;
const maxTicks = 6;
/** A label in the rest of the width ends at its mark. */
const labelWidth = 60;
/** Characters that fit: a name and small figures in the left column, a headline and a note in the whole width. */
const maxName = 36;
const maxSmall = 54;
const maxHeadline = 100;
const maxLine = 135;

/** Colours that differ in lightness as well, in both themes. */
const style = [
  'text{font:12px "DejaVu Sans",Verdana,sans-serif;fill:#1f2328}.b{font-weight:bold;font-size:14px}.m{fill:#59636e}',
  '.bg{fill:#fff}.line{stroke:#d1d9e0}.now{stroke:#59636e;stroke-dasharray:4 3}.path{fill:#8250df}',
  '.q{fill:#d1d9e0}.r{fill:#0969da}.s{fill:#2da44e}.f{fill:#cf222e}.i{fill:#953800}.l{fill:#54aeff}',
  '@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.m{fill:#9198a1}.bg{fill:#0d1117}.line{stroke:#3d444d}.now{stroke:#9198a1}',
  '.path{fill:#ab7df8}.q{fill:#3d444d}.r{fill:#4493f8}.s{fill:#3fb950}.f{fill:#f85149}.i{fill:#db6d28}.l{fill:#79c0ff}}',
].join('');

/** The picture as a complete document. */
export const courseSvgOf = (course: JobCourse): string => {
  const shown = course.tasks.slice(0, maxLanes);
  const hidden = course.tasks.length + course.otherTasks - shown.length;
  const hasArea = shown.some((task) => task.bars.length > 0 && rowsOf(task, course.read) === undefined);
  const notes = [
    ...(hasArea ? ['Areas: counts over time, each relative to its maximum.'] : []),
    ...(hidden > 0 ? [`${countTextOf(hidden)} more tasks are not drawn.`] : []),
    ...course.coverage.notes,
    ...course.cost.notes,
  ].flatMap((note) => linesOf(note, maxLine, 2));
  const axisY = headHeight + shown.length * laneHeight;
  const height = axisY + 40 + notes.length * 16 + margin;
  const headline = headlineOf(course);
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-labelledby': 't',
    },
    element('title', { id: 't' }, plain(headline)),
    element('style', {}, style),
    element('rect', { class: 'bg', width, height }),
    ...headOf(course, headline),
    ...gridOf(course, axisY),
    ...shown.flatMap((task, position) => laneOf(task, position, course)),
    ...axisParts(course, axisY),
    ...notes.map((note, at) => textAt(margin, axisY + 48 + at * 16, note, { class: 'm' })),
  )}\n`;
};

const plain = (text: string): string => textAt(0, 0, text).replace(/^<text[^>]*>|<\/text>$/g, '');

const headOf = (course: JobCourse, headline: string): readonly string[] => {
  const { notes: _, ...cost } = course.cost;
  const lines = [
    `Submitted ${absoluteTimeOf(course.created)}. ${projectionTextOf(course) ?? ''}`.trim(),
    `Cost: ${costTextOf({ cost: { ...cost, notes: [] } })}. ${retryTextOf(course) ?? ''}`.trim(),
  ].flatMap((line) => linesOf(line, maxLine, 2));
  return [
    ...linesOf(headline, maxHeadline, 2).map((line, at) =>
      textAt(margin, 26 + at * 18, line, { class: 'b' }),
    ),
    ...lines.map((line, at) => textAt(margin, 64 + at * 16, line, { class: 'm' })),
    ...legend.flatMap(([name, label], at) => [
      element('rect', { class: name, x: left + at * 110, y: headHeight - 26, width: 12, height: 12 }),
      textAt(left + at * 110 + 18, headHeight - 16, label, { class: 'm' }),
    ]),
  ];
};

const legend = [
  ['q', 'waits'],
  ['r', 'runs'],
  ['s', 'succeeded'],
  ['f', 'failed'],
  ['path', 'critical path'],
] as const;

/** Seconds from the submission to the end, or to the projected one. */
const lengthOf = ({ ended, projectedEnd, read }: JobCourse): number =>
  Math.max(1, ended ?? projectedEnd?.time ?? read);

const scaleOf = (course: JobCourse) => {
  const to = lengthOf(course);
  return (time: number): number => left + (Math.min(time, to) / to) * (width - left - margin);
};

const laneOf = (task: TaskCourse, position: number, course: JobCourse): readonly string[] => {
  const y = headHeight + position * laneHeight;
  const box: LaneBox = { y: y + 4, height: laneHeight - 8, xOf: scaleOf(course), read: course.read };
  const cost = task.cost.amount === undefined ? [] : [`cost ${taskCostTextOf(task)}`];
  const figures = [taskCountsOf(task), ...taskTimesOf(task), ...cost].join(', ');
  return [
    element('line', { class: 'line', x1: margin, x2: width - margin, y1: y, y2: y }),
    ...(course.criticalPath.includes(position)
      ? [element('rect', { class: 'path', x: margin - 8, y: y + 6, width: 3, height: laneHeight - 12 })]
      : []),
    // Wide letters are cut before the lane.
    element(
      'svg',
      { x: margin, y: y + 4, width: left - margin - 8, height: 20 },
      textAt(0, 14, shortenedInside(task.name, maxName)),
    ),
    ...linesOf(figures, maxSmall, 2).map((line, at) =>
      textAt(margin, y + 30 + at * 10, line, { class: 'm', style: 'font-size:9px' }),
    ),
    ...drawLane(task, box),
  ];
};

/** Behind the lanes. */
const gridOf = (course: JobCourse, y: number): readonly string[] =>
  ticksOf(lengthOf(course), maxTicks).map((time) => {
    const x = scaleOf(course)(time);
    return element('line', { class: 'line', x1: x, x2: x, y1: headHeight, y2: y });
  });

const axisParts = (course: JobCourse, y: number): readonly string[] => {
  const xOf = scaleOf(course);
  const to = lengthOf(course);
  return [
    element('line', { class: 'line', x1: left, x2: width - margin, y1: y, y2: y }),
    ...ticksOf(to, maxTicks).map((time) => {
      const x = xOf(time);
      const anchor = time === 0 ? 'start' : x > width - labelWidth ? 'end' : 'middle';
      return textAt(x, y + 16, durationOf(time), { class: 'm', 'text-anchor': anchor });
    }),
    ...(course.ended === undefined
      ? [
          element('line', {
            class: 'now',
            x1: xOf(course.read),
            x2: xOf(course.read),
            y1: headHeight,
            y2: y,
          }),
          textAt(xOf(course.read), y + 30, `now, ${durationOf(elapsedOf(course))}`, {
            class: 'm',
            'text-anchor': 'end',
          }),
        ]
      : []),
  ];
};
