/** The view as a file: its data is inside, and nothing is read from anywhere. */
import type { ReportData } from '../mcp/job-view/report-data.ts';
import { createController } from './controller.ts';

export const startReport = (root: HTMLElement, { course, logs }: ReportData): void => {
  document.title = `${course.JobName} (${course.JobId})`;
  const controller = createController(
    root,
    {
      ...{ phase: 'ready', message: '', course, active: {}, source: 'report', canAsk: false, isLive: false },
      announcement: '',
    },
    {
      readLog: async ({ task, instance, attempt }) => {
        const log = logs?.find(
          (one) =>
            one.task === task &&
            one.instance === instance &&
            (attempt === undefined || one.attempt === attempt),
        );
        if (log !== undefined) return log;
        throw new Error(
          logs === undefined
            ? 'This file contains no logs; `batch-mcp report --logs` includes those of failed instances.'
            : 'This file contains the logs of one instance for each cause of failure, and not this one.',
        );
      },
      ask: () => undefined,
      askAboutLog: () => undefined,
      refresh: () => undefined,
    },
  );
  window.addEventListener('resize', controller.redraw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', controller.redraw);
};
