/** ShowJob: how a job went, as text and as a view; and the tools that only the view calls. */
import * as z from 'zod';
import { ExistingTaskName, JobId } from '../../catalogue/shapes/common.ts';
import { lazy } from '../../shared/lazy.ts';
import type { Tool } from '../contract/tool.ts';
import { jobDataTool, jobLogTool, jobViewTool } from '../job-view/view-resource.ts';

/** The tool for models, and the tools of its view, which share what was read. */
export interface JobViewTools {
  readonly ShowJob: Tool;
  /** Tools that are listed only to clients that show the view. */
  readonly viewTools: readonly Tool[];
}

// In a list that is read with every request, the name explains itself.
const input = z.strictObject({ JobId: JobId.meta({ description: undefined }) });

const common = {
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  isRegional: true,
  hasDetail: false,
} as const;

/** Creates them; what they read is stored in here, for a few jobs. */
export const createJobViewTools = (): JobViewTools => {
  const runs = lazy(async () => (await import('./job-view-runs.ts')).createJobViewRuns());
  const ShowJob: Tool = {
    ...common,
    name: jobViewTool,
    title: 'Show how a job goes',
    description:
      'Shows the course of a job: timeline of its tasks, counts, retries, critical path, what it waits for, failures, cost, memory and CPU used.',
    input,
    run: async (args, context) => {
      // The arguments were checked against this schema.
      const { JobId: id } = args as z.output<typeof input>;
      return (await runs()).show(id, context);
    },
  };
  const data: Tool = {
    ...common,
    audience: 'view',
    name: jobDataTool,
    title: 'Read the course of a job',
    description: 'Reads the data of the view of a job, and more of it with every call.',
    input,
    run: async (args, context) => {
      // The arguments were checked against this schema.
      const { JobId: id } = args as z.output<typeof input>;
      return (await runs()).readData(id, context);
    },
  };
  return { ShowJob, viewTools: [data, log] };
};

const logInput = z.strictObject({
  JobId,
  TaskName: ExistingTaskName,
  instance: z.int().min(0).max(1_000_000_000).describe('Index of the instance.'),
});

const log: Tool = {
  ...common,
  audience: 'view',
  name: jobLogTool,
  title: 'Read the end of a log',
  description: 'Reads the end of the log of one instance, and its attempts, for the view of a job.',
  hasAttempts: true,
  input: logInput,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    const { JobId: id, TaskName, instance } = args as z.output<typeof logInput>;
    const { readInstanceLog } = await import('./job-view-runs.ts');
    return readInstanceLog(id, TaskName, instance, context);
  },
};
