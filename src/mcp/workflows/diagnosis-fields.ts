/** One kind of failure in the answer of DiagnoseJob. */
import type { Fields } from '../contract/tool.ts';
import { exitCodeMeaningOf } from '../jobs/exit-codes.ts';
import { rangesOf } from '../render/ranges.ts';
import { quoted } from '../render/untrusted.ts';
import type { Cause } from './failure-cause.ts';
import { type Cluster, type Failure, groupedBy } from './failure-clusters.ts';
import { ranOf } from './failure-evidence.ts';
import type { Proof } from './failure-proof.ts';

/** Further kinds rarely have another cause, and each costs up to 300 tokens. */
export const maxShownClusters = 5;
const maxReasonLength = 200;
/** Every instance is named, unless the ranges alone would fill the answer. */
const maxRanges = 40;

/** A kind of failure with what was found out about it. */
export interface JudgedCluster {
  readonly cluster: Cluster;
  readonly cause: Cause;
  readonly proof?: Proof | undefined;
  readonly memory?: string | undefined;
}

/** The fields of one kind. The proof, and what the logs have in common, are untrusted text. */
export const clusterFieldsOf = ({ cluster, cause, proof, memory }: JudgedCluster): Fields => {
  const { ExitCode, reason, failures, unread } = cluster;
  const meaning = ExitCode === undefined ? undefined : exitCodeMeaningOf(ExitCode);
  const ran = ranOf(cluster);
  return {
    count: failures.length,
    where: whereOf(failures),
    ...(ExitCode === undefined ? {} : { ExitCode }),
    ...(meaning && { meaning }),
    ...(reason && { reason: reason.slice(0, maxReasonLength) }),
    ...(ran && { ran }),
    ...(memory && { memory }),
    ...(unchangedOf(cause) && { unchanged: unchangedOf(cause) }),
    ...(unread > 0 && { logsNotRead: unread }),
    ...(proof ? { proof: proof.text } : { log: noLogOf(failures, unread) }),
  };
};

/** What happens when these instances run again without a change. */
const unchangedOf = ({ kind, canSucceed }: Cause): string | undefined => {
  if (kind === 'on purpose') return 'ended on purpose, not a failure';
  if (kind === 'blocked') return 'runs when what it depends on succeeds';
  if (canSucceed === undefined) return undefined;
  return canSucceed ? 'can succeed when run again' : 'would fail again';
};

/** `0-9,12 of "sweep"`, one for each task. */
const whereOf = (failures: readonly Failure[]): string =>
  [...groupedBy(failures, ({ TaskName }) => TaskName)]
    .map(
      ([name, own]) =>
        `${rangesOf(
          own.map((failure) => failure.TaskInstanceIndex),
          maxRanges,
        )} of ${quoted(name)}`,
    )
    .join('; ');

const noLogOf = (failures: readonly Failure[], unread: number): string => {
  if (unread === failures.length) return 'not read';
  return failures.some((failure) => failure.hasRun) ? 'stdout and stderr are empty' : 'they never ran';
};
