/** Failed attempts by their cause. */

import type { FailureGroup, JobCourse } from '../../mcp/job-view/course.ts';
import { countTextOf } from '../../mcp/job-view/figures.ts';
import { type Part, part } from '../draw/element.ts';
import { pluralOf } from '../format.ts';

export const failuresOf = (course: JobCourse): Part | undefined =>
  course.failures.length === 0
    ? undefined
    : part(
        'section',
        { class: 'failures', 'data-key': 'failures', 'aria-labelledby': 'failures-title' },
        part('h2', { id: 'failures-title' }, 'Failures by cause'),
        part(
          'div',
          { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of failures' },
          part(
            'table',
            {},
            part(
              'thead',
              {},
              part(
                'tr',
                {},
                ...['Attempts', 'Cause', 'Where', 'Log'].map((name) => part('th', { scope: 'col' }, name)),
              ),
            ),
            part('tbody', {}, ...course.failures.map((group, index) => rowOf(group, index, course))),
          ),
        ),
        course.otherFailures > 0
          ? part('p', { class: 'quiet' }, `${pluralOf(course.otherFailures, 'attempt')} with other causes.`)
          : undefined,
      );

const rowOf = (group: FailureGroup, index: number, course: JobCourse): Part => {
  const { ExitCode, reason, meaning, isMachine, count, instances, where, sample } = group;
  const nameOf = (task: number): string => course.tasks[task]?.name ?? '';
  return part(
    'tr',
    { 'data-key': `failure-${index}` },
    part(
      'td',
      { class: 'number' },
      countTextOf(count),
      part('small', {}, instances === 0 ? 'all repeated' : `${pluralOf(instances, 'instance')} failed`),
    ),
    part(
      'td',
      { class: 'wide' },
      ExitCode === undefined ? undefined : part('b', {}, `Exit code ${ExitCode} `),
      meaning,
      isMachine ? part('span', { class: 'badge waiting' }, 'machine') : undefined,
      part('div', { class: 'reason' }, reason),
    ),
    part(
      'td',
      {},
      ...where.map(([task, ranges]) => part('div', {}, part('b', {}, nameOf(task)), ` ${ranges}`)),
    ),
    part(
      'td',
      {},
      part(
        'button',
        {
          ...{ type: 'button', 'data-do': 'log', 'data-task': sample.task, 'data-instance': sample.instance },
          'data-attempt': sample.attempt,
          'aria-label': `Log of instance ${sample.instance} of ${nameOf(sample.task)}`,
        },
        `Instance ${sample.instance}`,
      ),
    ),
  );
};
