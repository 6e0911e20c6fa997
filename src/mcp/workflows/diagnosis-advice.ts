/** What to do about a job that failed or hangs: a few sentences, the most useful first. */
import type { OutputOf } from '../../catalogue/index.ts';
import type { Cluster } from './failure-clusters.ts';
import type { NodeTrouble } from './node-trouble.ts';

// More advice than this is not read.
const maxSentences = 4;

/** Sentences that name the next call. Nothing in them comes from a log. */
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
          `The machines of the failed instances are kept for a look, and cost, until TerminateJob or TerminateTaskInstance releases them.`,
        ]
      : []),
    ...(troubled
      ? [
          `Nodes of ${troubled.EnvId} could not be made: DescribeComputeEnvActivities tells all; DescribeCvmZoneInstanceConfigInfos tells stock.`,
        ]
      : []),
    ...(has(126, 127)
      ? [
          'Command, PackagePath, Docker.Image or ImageId do not fit together: the program is not where the command looks for it.',
        ]
      : []),
    ...(has(137)
      ? [
          'If memory was short: a larger InstanceType, or fewer instances on one machine; DescribeJobMonitorData with MemUsage shows it.',
        ]
      : []),
    ...(isTimedOut ? ['If the work really takes so long, submit it with a larger Timeout.'] : []),
    ...(clusters.length > 0 && state === 'FAILED'
      ? [
          `RetryJobs with JobIds ["${JobId}"] runs only the failed instances again, with the same command: right when the cause lay outside it. Otherwise correct what DescribeJobSubmitInfo shows and submit it anew.`,
        ]
      : []),
    ...(clusters.some(({ failures }) => failures.some(({ hasRun }) => hasRun))
      ? [`SearchTaskLogs searches the logs of all instances.`]
      : []),
    ...(clusters.length === 0 && state !== 'SUCCEED' ? [`WaitForJob with JobId ${JobId} follows it.`] : []),
  ].slice(0, maxSentences);
};
