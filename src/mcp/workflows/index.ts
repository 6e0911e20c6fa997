/** The tools that are not single actions: each replaces several calls of an assistant. */
import type { Limits } from '../arguments/limits.ts';
import type { Tool } from '../contract/tool.ts';
import { type Wait, wait } from '../contract/wait.ts';
import { redirectCompletion } from '../logs/add-redirect.ts';
import { ChangeTemplate } from './change-template.ts';
import { DiagnoseJob } from './diagnose-job.ts';
import { EndMany } from './end-many.ts';
import { FindComputeEnvs } from './find-compute-envs.ts';
import { FindJobs } from './find-jobs.ts';
import { ListEvents } from './list-events.ts';
import type { PlanFacts } from './plan-checks.ts';
import { createPlanJob } from './plan-job.ts';
import { ReadTaskLogs } from './read-task-logs.ts';
import { RerunJob } from './rerun-job.ts';
import { SearchTaskLogs } from './search-task-logs.ts';
import { createJobViewTools, type JobViewTools } from './show-job.ts';
import { createWaitForJob } from './wait-for-job.ts';

export interface WorkflowOptions {
  /** What the operator allows; what is not named is not limited. */
  readonly limits?: Limits | undefined;
  /** Undefined where calls stay on this machine. */
  readonly site?: PlanFacts['site'];
  /** Where the logs of jobs are stored that do not redirect them: a cos:// directory that ends in `/`. */
  readonly logPath?: string | undefined;
  /** Milliseconds between two polls of a job whose state changes. */
  readonly pollMs?: number | undefined;
  readonly wait?: Wait | undefined;
  /** The tools of the view of a job, where those that only the view calls are used as well. */
  readonly jobView?: JobViewTools | undefined;
}

// The rate of DescribeJob is 2 a second; one poll a second leaves half of it to other calls.
const defaultPollMs = 1000;

/** In the order of the list. */
export const workflowTools = (options: WorkflowOptions): readonly Tool[] => [
  createPlanJob({
    limits: options.limits ?? {},
    site: options.site,
    // Without a directory, a missing redirect is one of its warnings.
    complete: options.logPath === undefined ? undefined : redirectCompletion(options.logPath),
  }),
  createWaitForJob({ pollMs: options.pollMs ?? defaultPollMs, wait: options.wait ?? wait }),
  ListEvents,
  DiagnoseJob,
  (options.jobView ?? createJobViewTools()).ShowJob,
  ReadTaskLogs,
  SearchTaskLogs,
  FindJobs,
  FindComputeEnvs,
  EndMany,
  RerunJob,
  ChangeTemplate,
];
