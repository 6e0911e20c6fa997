/** Advice on a job that failed or hangs: a few sentences, the most useful first. */
import type { OutputOf } from '../../catalogue/index.ts';
import type { Cluster } from './failure-clusters.ts';
import type { NodeTrouble } from './node-trouble.ts';

// Agents and users do not read more.
const maxSentences = 4;

/** Sentences that name the next call. They contain nothing from a log. */
export const adviceOf = (
  job: OutputOf<'DescribeJob'>,
  clusters: readonly Cluster[],
  trouble: readonly NodeTrouble[],
): readonly string[] => {
  const JobId = job.JobId ?? '';
  const has = (...codes: readonly number[]) =>
    clusters.some(({ ExitCode }) => ExitCode !== undefined && codes.includes(ExitCode));
  const isTimedOut = clusters.some(({ reason }) => /time[d ]*out/i.test(reason));
  const [troubled] = trouble.filter(({ failedActivities }) => failedActivities.length > 0);
  const state = job.JobState;
  return [
    ...(state === 'FAILED_INTERRUPTED'
      ? [
          `The machines of the failed instances are retained for inspection, and cost, until TerminateJob or TerminateTaskInstance releases them.`,
        ]
      : []),
    ...(troubled
      ? [
          `Nodes of ${troubled.EnvId} could not be created: DescribeComputeEnvActivities lists all failures, DescribeCvmZoneInstanceConfigInfos the stock.`,
        ]
      : []),
    ...(has(126, 127)
      ? [
          'Command, PackagePath, Docker.Image or ImageId do not match: the program is not where the command expects it.',
        ]
      : []),
    ...(has(137)
      ? [
          'If it ran out of memory, use a larger InstanceType or fewer instances on one machine; DescribeJobMonitorData with MemUsage shows the usage.',
        ]
      : []),
    ...(isTimedOut ? ['If the work needs that long, submit it with a larger Timeout.'] : []),
    ...(clusters.length > 0 && state === 'FAILED'
      ? [
          `RetryJobs with JobIds ["${JobId}"] runs only the failed instances again, with the same command: use it when the cause was outside the command. Otherwise correct what DescribeJobSubmitInfo returns and submit a new job.`,
        ]
      : []),
    ...(clusters.some(({ failures }) => failures.some(({ hasRun }) => hasRun))
      ? [`SearchTaskLogs searches the logs of all instances.`]
      : []),
    ...(clusters.length === 0 && state !== 'SUCCEED' ? [`WaitForJob with JobId ${JobId} follows it.`] : []),
  ].slice(0, maxSentences);
};
