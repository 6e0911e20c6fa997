/** The panel with the log of one instance. */
import type { Bar, JobCourse } from '../../mcp/job-view/course.ts';
import { type Part, part } from '../draw/element.ts';
import { endOf } from '../draw/lanes-layout.ts';
import { durationOf, kindOf } from '../format.ts';
import type { PageState } from '../page-state.ts';
import { elapsedOf } from './summary.ts';

export const logPanelOf = (course: JobCourse, { log, canAsk }: PageState): Part | undefined => {
  if (log === undefined) return undefined;
  const task = course.tasks[log.task];
  const attempts = (task?.bars ?? []).filter(([instance]) => instance === log.instance);
  return part(
    'section',
    {
      class: 'log',
      'data-key': 'log',
      'aria-labelledby': 'log-title',
      'aria-busy': log.status === 'loading',
    },
    part(
      'div',
      { class: 'title' },
      part('h2', { id: 'log-title', tabindex: -1 }, `Instance ${log.instance} of ${task?.name ?? ''}`),
      canAsk
        ? part('button', { type: 'button', 'data-do': 'ask-log', 'data-key': 'ask' }, 'Show in chat')
        : undefined,
      part('button', { type: 'button', 'data-do': 'close-log', 'data-key': 'close' }, 'Close'),
    ),
    attempts.length === 0
      ? undefined
      : part(
          'ul',
          { class: 'attempts' },
          ...attempts.map((bar) => part('li', { 'data-key': `attempt-${bar[1]}` }, attemptText(bar, course))),
        ),
    log.note === '' ? undefined : part('p', { class: 'quiet' }, log.note),
    log.status === 'ready' && log.text !== ''
      ? part(
          'pre',
          { tabindex: 0, role: 'region', 'aria-label': 'Lines of the log', 'data-key': 'lines' },
          log.text,
        )
      : part('p', { role: 'status', 'data-key': 'status' }, statusText(log)),
  );
};

const statusText = ({ status, text }: NonNullable<PageState['log']>): string => {
  if (status === 'loading') return 'Reading the log…';
  return text === '' ? 'The log is empty.' : text;
};

const attemptText = (bar: Bar, course: JobCourse): string => {
  const [, attempt, queued, began, , letter, failure] = bar;
  const end = endOf(bar, elapsedOf(course));
  const cause = failure === null ? undefined : course.failures[failure];
  const code = cause?.ExitCode === undefined ? '' : `, exit code ${cause.ExitCode}`;
  const times =
    began === null
      ? `waited ${durationOf(end - queued)}`
      : `waited ${durationOf(began - queued)}, ran ${durationOf(end - began)}`;
  return `Attempt ${attempt}: ${kindOf(letter).label}${code}; ${times}`;
};
