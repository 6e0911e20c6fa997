/** The tools that are not single actions: they take several calls off an assistant's hands. */
import type { Limits } from '../arguments/limits.ts';
import type { Tool } from '../contract/tool.ts';
import { type Wait, wait } from '../contract/wait.ts';
import { createDiagnoseJob } from './diagnose-job.ts';
import type { PlanFacts } from './plan-checks.ts';
import { createPlanJob } from './plan-job.ts';
import { createSearchTaskLogs } from './search-task-logs.ts';
import { createWaitForJob } from './wait-for-job.ts';

export interface WorkflowOptions {
  readonly random: (bytes: number) => Uint8Array;
  /** What the operator allows; nothing is limited unless it is named. */
  readonly limits?: Limits | undefined;
  /** Nothing where calls stay on this machine. */
  readonly site?: PlanFacts['site'];
  /** Milliseconds between two looks at a job that moves. */
  readonly pollMs?: number | undefined;
  readonly wait?: Wait | undefined;
}

// DescribeJob may be called twice a second; one look a second leaves half of that to others.
const defaultPollMs = 1000;

/** In the order of the list. */
export const workflowTools = (options: WorkflowOptions): readonly Tool[] => [
  createPlanJob({ limits: options.limits ?? {}, site: options.site }),
  createWaitForJob({ pollMs: options.pollMs ?? defaultPollMs, wait: options.wait ?? wait }),
  createDiagnoseJob({ random: options.random }),
  createSearchTaskLogs({ random: options.random }),
];
