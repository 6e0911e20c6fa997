/** The tasks of a job and what each waits for, as a graph. */

import type { JobCourse, TaskCourse } from '../../mcp/job-view/course.ts';
import { countTextOf, shortenedInside } from '../../mcp/job-view/figures.ts';
import { countsTextOf } from '../../mcp/job-view/sentences.ts';
import { countIn } from '../../mcp/job-view/states.ts';
import { type Part, part } from '../draw/element.ts';
import { type GraphBox, layoutOf } from '../draw/graph-layout.ts';
import { pluralOf, stateClass, stateKinds, stateText } from '../format.ts';

const box = { width: 156, height: 46, gapX: 44, gapY: 14, margin: 4 } as const;
// Names of the API have up to 60 characters; the complete one is in the tooltip and in the name for screen readers.
const maxNameLength = 18;

const xOf = ({ column }: GraphBox): number => box.margin + column * (box.width + box.gapX);
const yOf = ({ row }: GraphBox): number => box.margin + row * (box.height + box.gapY);

/** The graph; undefined where no task waits for another: the timeline lists the same tasks then. */
export const graphOf = ({ tasks, criticalPath, otherTasks }: JobCourse): Part | undefined => {
  if (tasks.every(({ after }) => after.length === 0)) return undefined;
  const boxes = layoutOf(tasks.map(({ after }) => after));
  const width = Math.max(...boxes.map(xOf)) + box.width + box.margin;
  const height = Math.max(...boxes.map(yOf)) + box.height + box.margin;
  return part(
    'section',
    { class: 'graph', 'data-key': 'graph', 'aria-labelledby': 'graph-title' },
    part('h2', { id: 'graph-title' }, 'Tasks'),
    part(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Graph of the tasks' },
      part(
        'svg',
        { width, height, viewBox: `0 0 ${width} ${height}`, role: 'list', 'aria-label': 'Tasks' },
        part('g', { 'aria-hidden': 'true' }, ...edgesOf(tasks, boxes, criticalPath)),
        ...tasks.map((task, index) => nodeOf(task, index, boxes, tasks, criticalPath.includes(index))),
      ),
    ),
    part(
      'p',
      { class: 'quiet' },
      criticalPath.length > 1 ? 'The thick line is the critical path.' : undefined,
      otherTasks > 0 ? ` ${pluralOf(otherTasks, 'more task')} not shown.` : undefined,
    ),
  );
};

const edgesOf = (
  tasks: readonly TaskCourse[],
  boxes: readonly GraphBox[],
  criticalPath: readonly number[],
): readonly Part[] =>
  tasks.flatMap(({ after }, end) =>
    after.flatMap((start) => {
      const [from, to] = [boxes[start], boxes[end]];
      if (from === undefined || to === undefined) return [];
      const at = criticalPath.indexOf(end);
      const isCritical = at > 0 && criticalPath[at - 1] === start;
      const [x1, y1] = [xOf(from) + box.width, yOf(from) + box.height / 2];
      const [x2, y2] = [xOf(to), yOf(to) + box.height / 2];
      const middle = Math.min(box.gapX / 2, Math.abs(x2 - x1) / 2);
      return [
        part('path', {
          class: isCritical ? 'edge critical' : 'edge',
          d: `M${x1} ${y1}C${x1 + middle} ${y1} ${x2 - middle} ${y2} ${x2} ${y2}`,
        }),
      ];
    }),
  );

/** `12 of 40 done, 3 running`, as in the text of ShowJob. */
export const progressOf = ({ counts, instances }: TaskCourse): string =>
  counts === undefined ? pluralOf(instances, 'instance') : countsTextOf(counts, instances);

const nodeOf = (
  task: TaskCourse,
  index: number,
  boxes: readonly GraphBox[],
  tasks: readonly TaskCourse[],
  isCritical: boolean,
): Part => {
  const at = boxes[index] ?? { task: index, column: 0, row: 0 };
  const [x, y] = [xOf(at), yOf(at)];
  const waitsFor = task.after.map((one) => tasks[one]?.name ?? '').join(', ');
  const text = `${task.name}: ${stateText(task.state)}, ${progressOf(task)}${waitsFor === '' ? '' : `; after ${waitsFor}`}`;
  const total = Math.max(1, task.instances);
  let done = 0;
  const shares = stateKinds.flatMap(({ kind, letters }) => {
    const width = (countIn(task.counts, letters) / total) * (box.width - 16);
    if (width === 0) return [];
    const bar = part('rect', {
      class: `fill ${kind}`,
      x: x + 8 + done,
      y: y + box.height - 9,
      width,
      height: 4,
    });
    done += width;
    return [bar];
  });
  return part(
    'g',
    {
      role: 'listitem',
      'aria-label': isCritical ? `${text}; on the critical path` : text,
      'data-key': `task-${index}`,
    },
    part('title', {}, text),
    part('rect', {
      class: `node ${stateClass(task.state)}${isCritical ? ' critical' : ''}`,
      ...{ x, y, rx: 6, width: box.width, height: box.height },
    }),
    // Wide letters are cut at the edge of this part.
    part(
      'svg',
      { x: x + 8, y, width: box.width - 12, height: box.height },
      part('text', { class: 'name', x: 0, y: 17 }, shortenedInside(task.name, maxNameLength)),
      part('text', { class: 'quiet', x: 0, y: 31 }, nodeText(task)),
    ),
    ...shares,
  );
};

const nodeText = (task: TaskCourse): string =>
  task.instances === 1
    ? stateText(task.state)
    : `${countTextOf(task.counts?.s ?? 0)} of ${countTextOf(task.instances)} done`;
