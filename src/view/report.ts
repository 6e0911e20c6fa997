/** The view as a file: its data is inside, and nothing is read from anywhere. */
import type { JobCourse } from '../mcp/job-view/course.ts';
import { createController } from './controller.ts';

/** What `batch-mcp report` puts into the page. */
export interface ReportData {
  readonly course: JobCourse;
  /** Absent where logs were not asked for. */
  readonly logs?: readonly ReportLog[];
}

export interface ReportLog {
  readonly task: number;
  readonly instance: number;
  readonly text: string;
  readonly note: string;
}

export const startReport = (root: HTMLElement, { course, logs }: ReportData): void => {
  document.title = `${course.JobName} (${course.JobId})`;
  const controller = createController(
    root,
    {
      ...{ phase: 'ready', message: '', course, active: {}, source: 'report', canAsk: false, isLive: false },
      announcement: '',
    },
    {
      readLog: async ({ task, instance }) => {
        const log = logs?.find((one) => one.task === task && one.instance === instance);
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
