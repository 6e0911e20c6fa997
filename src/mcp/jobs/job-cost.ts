/** How many instances and machines a job needs, and an upper bound of its cost. Pure. */
import type { InputOf } from '../../catalogue/index.ts';
import {
  highestPriceOf,
  type InstanceOffering,
  type InstanceRequirement,
  requirementOf,
} from './instance-offerings.ts';
import { peakUsageOf } from './job-order.ts';

type Submission = Pick<InputOf<'SubmitJob'>, 'Placement' | 'Job'>;
type Task = Submission['Job']['Tasks'][number];

export interface JobCost {
  /** Task instances of all tasks. */
  readonly instances: number;
  /** The most machines that are created for the job at one time. Nodes of environments are not counted: they exist anyway. */
  readonly machines: number;
  /** Upper bound of the price of an hour; absent where a price is not known. */
  readonly hourly?: number;
  /** Upper bound of the price of the job: every instance uses its whole Timeout in every attempt. */
  readonly total?: number;
  /** Names (or numbers) of tasks whose machines have no known price. */
  readonly unknown: readonly string[];
}

/** Seconds an instance may run without a Timeout. https://cloud.tencent.com/document/product/599/15912 */
const defaultTimeout = 86_400;

export const nameOfTask = (task: Task, index: number): string => task.TaskName ?? `task ${index + 1}`;
export const instancesOf = (task: Task): number => task.TaskInstanceNum ?? 1;

/** The requirement of each task for which machines are created; undefined for those that use an environment. */
export const requirementsOf = ({
  Placement,
  Job,
}: Submission): readonly (InstanceRequirement | undefined)[] =>
  Job.Tasks.map((task) =>
    task.EnvId === undefined ? requirementOf(task.ComputeEnv?.EnvData, Placement.Zone) : undefined,
  );

/**
 * Computes what a job needs.
 * @param offerings read for `requirementsOf` the same job; empty where prices do not matter
 */
export const costOf = (submission: Submission, offerings: readonly InstanceOffering[]): JobCost => {
  const { Tasks } = submission.Job;
  const prices = requirementsOf(submission).map((requirement) =>
    requirement === undefined ? 0 : highestPriceOf(requirement, offerings),
  );
  const machines = Tasks.map((task) => (task.EnvId === undefined ? atOnce(task) : 0));
  const unknown = Tasks.flatMap((task, index) =>
    prices[index] === undefined ? [nameOfTask(task, index)] : [],
  );
  const hourly = peakOf(
    submission,
    machines.map((count, index) => count * (prices[index] ?? 0)),
  );
  const total = Tasks.reduce((sum, task, index) => sum + hoursOf(task) * (prices[index] ?? 0), 0);
  return {
    instances: Tasks.reduce((sum, task) => sum + instancesOf(task), 0),
    machines: peakOf(submission, machines),
    ...(unknown.length === 0 && { hourly, total }),
    unknown,
  };
};

/** A MaxConcurrentNum of 0 means no limit: the vendor documents 0 as the smallest value, and no limit as the default. */
const atOnce = (task: Task): number =>
  Math.min(instancesOf(task), task.MaxConcurrentNum || instancesOf(task));

const hoursOf = (task: Task): number =>
  (instancesOf(task) * (1 + (task.MaxRetryCount ?? 0)) * (task.Timeout ?? defaultTimeout)) / 3600;

/** A failed instance may retain its machine while later tasks run: then no machine is released before the job ends. */
const peakOf = ({ Job }: Submission, weights: readonly number[]): number =>
  Job.Tasks.some((task) => task.FailedAction === 'INTERRUPT' || task.FailedAction === 'FAST_INTERRUPT')
    ? weights.reduce((sum, weight) => sum + weight, 0)
    : peakUsageOf(Job, weights);
