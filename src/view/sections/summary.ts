/** The top of the page: what the job is, its state, counts and cost. */

import type { JobCourse } from '../../mcp/job-view/course.ts';
import { countTextOf } from '../../mcp/job-view/figures.ts';
import { elapsedOf } from '../../mcp/job-view/sentences.ts';
import { countIn, type StateCounts } from '../../mcp/job-view/states.ts';
import { type Part, part } from '../draw/element.ts';
import { amountText, countedKinds, durationOf, stateClass, stateText } from '../format.ts';

export const summaryOf = (course: JobCourse): Part =>
  part(
    'header',
    { class: 'summary' },
    part(
      'div',
      { class: 'title' },
      part('h1', {}, course.JobName || course.JobId),
      part(
        'span',
        { class: `badge ${stateClass(course.JobState)}`, 'data-field': 'state' },
        stateText(course.JobState),
      ),
      course.NextAction === ''
        ? undefined
        : part('span', { class: 'badge waiting' }, course.NextAction.toLowerCase()),
      part('span', { class: 'quiet mono' }, course.JobId),
    ),
    factsOf(course),
    countsOf(course.counts),
    ...course.holds.map((text) => part('p', { class: 'hold' }, text)),
    course.reason === '' ? undefined : part('p', { class: 'reason' }, course.reason),
  );

const factsOf = (course: JobCourse): Part => {
  const { cost, projectedEnd } = course;
  const elapsed = elapsedOf(course);
  return part(
    'dl',
    { class: 'facts' },
    ...factOf(course.ended === undefined ? 'Elapsed' : 'Duration', durationOf(elapsed), 'elapsed'),
    ...(projectedEnd === undefined
      ? []
      : factOf(
          'Projected end',
          `in ${durationOf(projectedEnd.time - elapsed)}`,
          'projected',
          projectedEnd.basis,
        )),
    ...factOf('Cost', amountText(cost.amount), 'cost', cost.label),
    ...factOf('Run time', durationOf(cost.runSeconds), 'run'),
    ...(cost.retrySeconds > 0 ? factOf('Repeated', durationOf(cost.retrySeconds), 'repeated') : []),
  );
};

const factOf = (name: string, value: string, key: string, note?: string): readonly Part[] => [
  part(
    'div',
    { 'data-key': key },
    part('dt', {}, name),
    part('dd', { 'data-field': key }, value, note === undefined ? undefined : part('small', {}, note)),
  ),
];

/** Counts of all instances, as a bar and as text. */
const countsOf = (counts: StateCounts): Part => {
  const total = countIn(counts);
  const shown = countedKinds
    .map((one) => ({ ...one, count: countIn(counts, one.letters) }))
    .filter(({ count }) => count > 0);
  return part(
    'div',
    { class: 'counts' },
    part(
      'div',
      { class: 'bar', 'aria-hidden': 'true' },
      ...shown.map(({ kind, count }) =>
        part('span', { class: `fill ${kind}`, 'data-key': kind, '--share': count / total }),
      ),
    ),
    part(
      'ul',
      { class: 'legend', 'aria-label': 'Instances by state' },
      ...shown.map(({ kind, label, count }) =>
        part(
          'li',
          { 'data-key': kind },
          part('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' }),
          part('b', { 'data-field': `count-${kind}` }, countTextOf(count)),
          ` ${label}`,
        ),
      ),
      part('li', { class: 'quiet', 'data-key': 'total' }, `${countTextOf(total)} in all`),
    ),
  );
};
