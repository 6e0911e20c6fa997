/** What a job waits for, as the view of a job shows it. */

import type { ReadHolds } from '../job-view/read-course.ts';
import type { CallBudget } from '../jobs/call-budget.ts';
import { envsOf, type NodeTrouble, readNodeTrouble } from './node-trouble.ts';
import { queueUseOf } from './queue-use.ts';
import { holdersOf, waitingOf } from './waiting.ts';

/** Environments and the jobs that use them take up to eleven calls; with fewer, only what is known without a call is said. */
const minCalls = 20;

export const readHolds: ReadHolds = async (job, submission, budget, context) => {
  const tasks = new Map((submission?.Tasks ?? []).map((task) => [task?.TaskName ?? '', task]));
  const runnable = (job.TaskSet ?? []).filter((task) => task?.TaskState === 'RUNNABLE');
  const names = runnable.map((task) => task?.TaskName ?? '');
  const hasCalls = budget.remaining() >= minCalls && names.length > 0;
  const envs = hasCalls ? envsOf(submission, names) : [];
  const trouble = await troubleOf(envs, budget);
  const holders = hasCalls ? await holdersOf(job, envs, budget, context) : [];
  const queue = await queueUseOf(job.JobId ?? '', context);
  return [
    ...waitingOf(job, tasks, trouble, queue.tasks),
    ...queue.sentences,
    ...trouble.flatMap(troubleTextOf),
    ...holders,
  ];
};

const troubleOf = async (envs: readonly string[], budget: CallBudget): Promise<readonly NodeTrouble[]> =>
  envs.length === 0 ? [] : readNodeTrouble(envs, budget);

const troubleTextOf = ({ EnvId, nodes, failedActivities }: NodeTrouble): readonly string[] => [
  ...(nodes === undefined ? [] : [`nodes of ${EnvId}: ${nodes}`]),
  ...failedActivities.slice(0, 1).map((activity) => `${EnvId}: ${activity}`),
];
