/** The page as a whole, from its state. */
import type { JobCourse } from '../mcp/job-view/course.ts';
import { type CellGroup, cellGroupsOf } from './draw/cells.ts';
import { type Part, part } from './draw/element.ts';
import type { PageState } from './page-state.ts';
import { requestsFor } from './requests.ts';
import { failuresOf } from './sections/failures.ts';
import { graphOf } from './sections/graph.ts';
import { instancesOf } from './sections/instances.ts';
import { logPanelOf } from './sections/log-panel.ts';
import { summaryOf } from './sections/summary.ts';
import { taskTableOf } from './sections/task-table.ts';
import { timelineOf } from './sections/timeline.ts';

export interface Page {
  readonly parts: readonly (Part | undefined)[];
  /** What has to be drawn on the canvases. */
  readonly groups: readonly CellGroup[];
}

export const pageOf = (state: PageState): Page => {
  const { course, phase, message } = state;
  const groups = course === undefined ? [] : cellGroupsOf(course);
  const notice =
    message === ''
      ? undefined
      : part(
          'p',
          { class: `notice ${phase}`, 'data-key': 'notice', role: phase === 'failed' ? 'alert' : 'status' },
          message,
        );
  return {
    groups,
    parts: [
      part('p', { class: 'hidden', role: 'status', 'data-key': 'live' }, state.announcement),
      ...(course === undefined
        ? [part('h1', { class: 'hidden', 'data-key': 'heading' }, 'Job'), notice]
        : [notice, ...sectionsOf(course, groups, state)]),
    ],
  };
};

const sectionsOf = (
  course: JobCourse,
  groups: readonly CellGroup[],
  state: PageState,
): readonly (Part | undefined)[] => [
  keyed('summary', summaryOf(course)),
  actionsOf(course, state),
  course.tasks.length === 0
    ? part('p', { class: 'notice', 'data-key': 'empty' }, 'The job has no tasks that could be read yet.')
    : undefined,
  graphOf(course),
  course.tasks.length === 0 ? undefined : timelineOf(course),
  failuresOf(course),
  instancesOf(course, groups, state),
  logPanelOf(course, state),
  course.tasks.length === 0 ? undefined : taskTableOf(course, state.source === 'report'),
  footerOf(course, state),
];

const keyed = (key: string, one: Part): Part => ({
  ...one,
  attributes: { ...one.attributes, 'data-key': key },
});

const actionsOf = (course: JobCourse, { canAsk, source, isLive }: PageState): Part | undefined => {
  const requests = canAsk ? requestsFor(course) : [];
  const canRefresh = source === 'client' && !isLive;
  if (requests.length === 0 && !canRefresh) return undefined;
  return part(
    'div',
    { class: 'actions', 'data-key': 'actions' },
    ...requests.map(([name, label]) =>
      part('button', { type: 'button', 'data-do': 'ask', 'data-request': name, 'data-key': name }, label),
    ),
    canRefresh
      ? part('button', { type: 'button', 'data-do': 'refresh', 'data-key': 'refresh' }, 'Read again')
      : undefined,
  );
};

const footerOf = (course: JobCourse, { source, isLive }: PageState): Part => {
  const read = new Date(course.created + course.read * 1000)
    .toISOString()
    .replace('T', ' ')
    .replace(/\..*$/, ' UTC');
  const how = isLive
    ? '; it is read again while it changes'
    : source === 'report'
      ? '; this is a file and does not change'
      : '';
  return part(
    'footer',
    { class: 'quiet', 'data-key': 'footer' },
    part('p', {}, 'Read at ', part('span', { 'data-field': 'read' }, read), `${how}.`),
    ...course.coverage.notes.map((note) => part('p', {}, note)),
    course.tags.length === 0
      ? undefined
      : part('p', {}, `Tags: ${course.tags.map(({ Key, Value }) => `${Key}=${Value}`).join(', ')}`),
  );
};
