/** How many instances and machines a job needs, and what it can cost at most. Pure. */
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
  /** Machines the job makes for itself at one time, at most. Those of environments are not counted: they are there anyway. */
  readonly machines: number;
  /** The most an hour can cost; absent where a price is not known. */
  readonly hourly?: number;
  /** The most the whole job can cost: every instance uses its whole Timeout in every attempt. */
  readonly total?: number;
  /** Names of tasks, or their numbers, whose machines have no known price. */
  readonly unknown: readonly string[];
}

/** Seconds an instance may run where no Timeout is given. https://cloud.tencent.com/document/product/599/15912 */
const defaultTimeout = 86_400;

export const nameOfTask = (task: Task, index: number): string => task.TaskName ?? `task ${index + 1}`;
export const instancesOf = (task: Task): number => task.TaskInstanceNum ?? 1;

/** The wish of each task that has machines made for it; nothing for those that use an environment. */
export const requirementsOf = ({
  Placement,
  Job,
}: Submission): readonly (InstanceRequirement | undefined)[] =>
  Job.Tasks.map((task) =>
    task.EnvId === undefined ? requirementOf(task.ComputeEnv?.EnvData, Placement.Zone) : undefined,
  );

/**
 * Reckons what a job needs.
 * @param offers read for `wishesOf` the same job; empty where prices do not matter
 */
export const costOf = (submission: Submission, offers: readonly InstanceOffering[]): JobCost => {
  const { Tasks } = submission.Job;
  const prices = requirementsOf(submission).map((wish) =>
    wish === undefined ? 0 : highestPriceOf(wish, offers),
  );
  const machines = Tasks.map((task) => (task.EnvId === undefined ? atOnce(task) : 0));
  const unknown = Tasks.flatMap((task, index) =>
    prices[index] === undefined ? [nameOfTask(task, index)] : [],
  );
  const hourly = peakOf(
    submission,
    machines.map((count, index) => count * (prices[index] ?? 0)),
  );
  const whole = Tasks.reduce((sum, task, index) => sum + hoursOf(task) * (prices[index] ?? 0), 0);
  return {
    instances: Tasks.reduce((sum, task) => sum + instancesOf(task), 0),
    machines: peakOf(submission, machines),
    ...(unknown.length === 0 && { hourly, total: whole }),
    unknown,
  };
};

/** A MaxConcurrentNum of 0 is taken for none: the vendor documents 0 as the smallest value, and no limit as the default. */
const atOnce = (task: Task): number =>
  Math.min(instancesOf(task), task.MaxConcurrentNum || instancesOf(task));

const hoursOf = (task: Task): number =>
  (instancesOf(task) * (1 + (task.MaxRetryCount ?? 0)) * (task.Timeout ?? defaultTimeout)) / 3600;

/** A failed instance may keep its machine for a person to look at, while later tasks run: then nothing is ever given back. */
const peakOf = ({ Job }: Submission, weights: readonly number[]): number =>
  Job.Tasks.some((task) => task.FailedAction === 'INTERRUPT' || task.FailedAction === 'FAST_INTERRUPT')
    ? weights.reduce((sum, weight) => sum + weight, 0)
    : peakUsageOf(Job, weights);
