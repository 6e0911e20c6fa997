/** The panel with the log of one instance. */
import type { Bar, JobCourse } from '../../mcp/job-view/course.ts';
import { endOf } from '../../mcp/job-view/lane-layout.ts';
import { elapsedOf } from '../../mcp/job-view/sentences.ts';
import { type Part, part } from '../draw/element.ts';
import { durationOf, kindOf } from '../format.ts';
import type { OpenLog, PageState } from '../page-state.ts';

export const logPanelOf = (course: JobCourse, { log, canAsk }: PageState): Part | undefined => {
  if (log === undefined) return undefined;
  const task = course.tasks[log.task];
  const attempts = (task?.bars ?? [])
    .filter(([instance]) => instance === log.instance)
    .sort(([, a], [, b]) => a - b);
  const which = log.attempt === undefined ? '' : `, attempt ${log.attempt}`;
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
      part(
        'h2',
        { id: 'log-title', tabindex: -1 },
        `Instance ${log.instance} of ${task?.name ?? ''}${which}`,
      ),
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
          ...attempts.map((bar) => attemptOf(bar, log, course, attempts.length)),
        ),
    log.note === '' ? undefined : part('p', { class: 'quiet' }, log.note),
    ...streamsOf(log),
  );
};

/** The two streams of the command, each with its name where both have lines. */
const streamsOf = (log: OpenLog): readonly Part[] => {
  if (log.status !== 'ready' || (log.stdout === '' && log.stderr === '')) {
    return [part('p', { role: 'status', 'data-key': 'status' }, statusText(log))];
  }
  const streams = [
    ['Standard output', log.stdout],
    ['Standard error', log.stderr],
  ] as const;
  return streams
    .filter(([, text]) => text !== '')
    .flatMap(([name, text]) => [
      part('h3', { 'data-key': `${name} title` }, name),
      part('pre', { tabindex: 0, role: 'region', 'aria-label': name, 'data-key': name }, text),
    ]);
};

const statusText = ({ status, problem }: OpenLog): string => {
  if (status === 'loading') return 'Reading the log…';
  return problem ?? 'The log is empty.';
};

/** An attempt, with a button for its log where there are several. */
const attemptOf = (bar: Bar, log: OpenLog, course: JobCourse, count: number): Part => {
  const [instance, attempt] = bar;
  const isShown = attempt === (log.attempt ?? count);
  return part(
    'li',
    { 'data-key': `attempt-${attempt}` },
    attemptText(bar, course),
    count > 1 && !isShown
      ? part(
          'button',
          {
            ...{ type: 'button', 'data-do': 'log', 'data-task': log.task, 'data-instance': instance },
            'data-attempt': attempt,
            'aria-label': `Log of attempt ${attempt}`,
          },
          'Log',
        )
      : undefined,
  );
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
