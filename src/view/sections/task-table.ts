/** Times, cost and use of each task, as a table. */

import type { JobCourse, TaskCourse, Use } from '../../mcp/job-view/course.ts';
import { bytesTextOf, countTextOf } from '../../mcp/job-view/figures.ts';
import { type Part, part } from '../draw/element.ts';
import { amountText, durationOf, stateText } from '../format.ts';
import { progressOf } from './graph.ts';

const columns = ['Task', 'State', 'Waited', 'Ran', 'Retries', 'Run time', 'Cost', 'Memory and CPU'] as const;

/** @param isOpen whether the table is shown at first: a chat has less room than a file */
export const taskTableOf = (course: JobCourse, isOpen: boolean): Part =>
  part(
    'details',
    { class: 'tasks', 'data-key': 'tasks', open: isOpen },
    part('summary', {}, part('h2', {}, 'Cost and use of each task')),
    part('p', { class: 'quiet' }, `Cost: ${course.cost.label}.`),
    ...course.cost.notes.map((note) => part('p', { class: 'quiet' }, note)),
    part(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of tasks' },
      part(
        'table',
        {},
        part('thead', {}, part('tr', {}, ...columns.map((name) => part('th', { scope: 'col' }, name)))),
        part('tbody', {}, ...course.tasks.map(rowOf)),
      ),
    ),
  );

const rowOf = (task: TaskCourse, index: number): Part => {
  const { waitSeconds, runSeconds, cost } = task;
  const retried =
    cost.retrySeconds > 0 ? part('small', {}, `${durationOf(cost.retrySeconds)} repeated`) : undefined;
  return part(
    'tr',
    { 'data-key': `row-${index}` },
    part('th', { scope: 'row' }, task.name),
    part('td', {}, stateText(task.state), part('small', {}, progressOf(task))),
    statisticOf(waitSeconds),
    statisticOf(runSeconds),
    part('td', { class: 'number' }, countTextOf(task.retries), retried),
    part('td', { class: 'number' }, durationOf(cost.runSeconds)),
    part(
      'td',
      { class: 'number' },
      cost.price === 'environment' ? 'per environment' : amountText(cost.amount),
      part(
        'small',
        {},
        [cost.EnvId ?? cost.machine, cost.price === 'spot' ? 'spot, listed price' : undefined]
          .filter(Boolean)
          .join(', '),
      ),
    ),
    part('td', { class: 'wide' }, ...useOf(task.use)),
  );
};

const statisticOf = (statistic: TaskCourse['waitSeconds']): Part =>
  statistic === undefined
    ? part('td', { class: 'number quiet' }, '–')
    : part(
        'td',
        { class: 'number' },
        durationOf(statistic.mean),
        part('small', {}, statistic.count > 1 ? `at most ${durationOf(statistic.max)}` : ''),
      );

const useOf = (use: Use): readonly (Part | string)[] => {
  if (!use.isMeasured) return [part('span', { class: 'quiet' }, `not measured: ${use.why}`)];
  const { peakMemoryBytes, memoryBytes, meanCores, cores, advice } = use;
  const of = (text: string | undefined): string => (text === undefined ? '' : ` of ${text}`);
  const texts = [
    peakMemoryBytes === undefined
      ? ''
      : `${bytesTextOf(peakMemoryBytes)}${of(memoryBytes === undefined ? undefined : bytesTextOf(memoryBytes))}`,
    meanCores === undefined
      ? ''
      : `${meanCores.toFixed(2)}${of(cores === undefined ? undefined : String(cores))} cores`,
  ];
  return [
    texts.filter(Boolean).join(', '),
    part('small', {}, `${countTextOf(use.measured)} of ${countTextOf(use.started)} attempts measured`),
    ...(advice === undefined ? [] : [part('div', { class: 'advice' }, advice)]),
  ];
};
