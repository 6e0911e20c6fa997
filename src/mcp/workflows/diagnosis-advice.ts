/** Advice on a job that failed or hangs: a few sentences, the most useful first, with the call that would fix it. */
import type { OutputOf } from '../../catalogue/index.ts';
import { counted } from '../render/counted.ts';
import type { JudgedCluster } from './diagnosis-fields.ts';
import { isFailure } from './failure-cause.ts';
import type { SubmittedTask } from './failure-evidence.ts';
import type { NodeTrouble } from './node-trouble.ts';

// Agents and users do not read more.
const maxSentences = 4;

type Job = OutputOf<'DescribeJob'>;

export interface Diagnosed {
  readonly job: Job;
  readonly kinds: readonly JudgedCluster[];
  readonly trouble: readonly NodeTrouble[];
  /** The tasks as they were submitted, by name; empty where they could not be read. */
  readonly tasks: ReadonlyMap<string, SubmittedTask>;
}

/** Sentences that name the next call. They contain nothing from a log. */
export const adviceOf = (diagnosed: Diagnosed): readonly string[] => {
  const { job, kinds, trouble } = diagnosed;
  const [troubled] = trouble.filter(({ failedActivities }) => failedActivities.length > 0);
  const isWaiting = (job.TaskSet ?? []).some(({ TaskState }) => TaskState === 'RUNNABLE');
  const empty = isWaiting ? trouble.find(({ emptyName }) => emptyName !== undefined) : undefined;
  const state = job.JobState ?? '';
  return [
    ...(state === 'FAILED_INTERRUPTED'
      ? [
          'The machines of the failed instances are retained for inspection, and cost, until TerminateJob or TerminateTaskInstance releases them.',
        ]
      : []),
    ...(troubled
      ? [
          `Nodes of ${troubled.EnvId} could not be created: DescribeComputeEnvActivities lists all failures, DescribeCvmZoneInstanceConfigInfos the stock.`,
        ]
      : []),
    ...(empty
      ? [
          `ModifyComputeEnv with EnvId ${empty.EnvId} and DesiredComputeNodeCount of at least 1 creates nodes, without which waiting does not help.`,
        ]
      : []),
    ...fixOf(diagnosed),
    ...(kinds.length === 0 && state !== 'SUCCEED' && !empty
      ? [`WaitForJob with JobId ${job.JobId} follows it.`]
      : []),
  ].slice(0, maxSentences);
};

/** What runs the job again so that it can succeed. RetryJobs is named only for what can succeed unchanged. */
const fixOf = (diagnosed: Diagnosed): readonly string[] => {
  const { job, kinds } = diagnosed;
  const failed = kinds.filter(({ cause }) => isFailure(cause));
  const isEnded = job.JobState === 'FAILED';
  const retry = `RetryJobs with {"JobIds":["${job.JobId}"]}`;
  if (kinds.length > 0 && failed.length === 0)
    return isEnded ? [`Nothing failed by itself. If it is to run after all: ${retry}.`] : [];
  const again = failed.filter(({ cause }) => cause.canSucceed === false);
  const unknown = failed.filter(({ cause }) => cause.canSucceed === undefined);
  if (failed.length === 0) return [];
  if (again.length === 0 && unknown.length === 0)
    return isEnded
      ? [
          `The cause was outside the command: ${retry} runs ${counted(countOf(failed), 'failed instance')} again.`,
        ]
      : [`When the job has ended, ${retry} runs what failed again: the cause was outside the command.`];
  const rerun = `RerunJob with ${JSON.stringify(rerunArgumentsOf(diagnosed, [...again, ...unknown]))}`;
  if (again.length === 0)
    return [
      `If the cause is in the job: ${rerun}. If it was outside it and is gone: ${isEnded ? retry : 'RetryJobs, when the job has ended'}.`,
    ];
  const others = countOf(failed) - countOf(again) - countOf(unknown);
  return [
    `RetryJobs would fail again for ${counted(countOf(again), 'instance')}${others > 0 ? ` (only ${others} could succeed unchanged)` : ''}. With what corrects them in place of <…>: ${rerun}; it repeats whole tasks.`,
    ...(again.some(({ cause }) => cause.kind === 'definite')
      ? [
          `If what is missing lies outside the job, such as an input file, provide it; then ${isEnded ? retry : 'RetryJobs'} is enough.`,
        ]
      : []),
  ];
};

const countOf = (kinds: readonly JudgedCluster[]): number =>
  kinds.reduce((sum, { cluster }) => sum + cluster.failures.length, 0);

const rerunArgumentsOf = ({ job, tasks }: Diagnosed, kinds: readonly JudgedCluster[]): object => {
  const set = kinds.flatMap((kind) =>
    [...new Set(kind.cluster.failures.map(({ TaskName }) => TaskName))].map((name) =>
      changeOf(name, kind, tasks.get(name)),
    ),
  );
  return {
    JobId: job.JobId,
    // Tasks of a job that still runs may yet succeed.
    ...(job.JobState === 'FAILED' && { only: 'unsuccessful' }),
    set: [...new Set(set)],
  };
};

/** The change that a cause needs, as RerunJob takes it. */
const changeOf = (name: string, { cause }: JudgedCluster, task: SubmittedTask | undefined): string => {
  switch (cause.kind) {
    case 'time':
      return `${name}.Timeout=${task?.Timeout ? task.Timeout * 2 : '<more seconds>'}`;
    case 'memory': {
      const type = task?.ComputeEnv?.EnvData?.InstanceType;
      return task?.EnvId
        ? `${name}.EnvId=<environment with more memory than ${task.EnvId}>`
        : `${name}.InstanceType=<more memory than ${type ?? 'now'}>`;
    }
    case 'program':
    case 'definite':
    case 'unknown':
    case 'machine':
    case 'transient':
    case 'blocked':
    case 'on purpose':
      return `${name}.Command=<corrected>`;
    default:
      return cause.kind satisfies never;
  }
};
