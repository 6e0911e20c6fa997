/** One kind of failure in the answer of DiagnoseJob. */
import type { Fields } from '../contract/tool.ts';
import { untrustedText } from '../contract/untrusted-text.ts';
import { rangesOf } from '../render/ranges.ts';
import { cleanText, quoted } from '../render/untrusted.ts';
import { exitCodeMeaningOf } from './exit-codes.ts';
import { type Cluster, type Failure, groupedBy } from './failure-clusters.ts';

/** Further kinds rarely have another cause, and each costs up to 300 tokens. */
export const maxShownClusters = 5;
// The last lines say why: most stack traces end with the error, the others are short enough.
const maxLines = 8;
const maxCharacters = 600;
const maxReasonLength = 200;

/** The fields of one kind. The sample, and what the logs have in common, are untrusted text. */
export const clusterFieldsOf = (cluster: Cluster): Fields => {
  const { ExitCode, reason, failures, signature, unread } = cluster;
  const sample = failures.find((failure) => failure.log);
  const meaning = ExitCode === undefined ? undefined : exitCodeMeaningOf(ExitCode);
  return {
    count: failures.length,
    where: whereOf(failures),
    ...(ExitCode === undefined ? {} : { ExitCode }),
    ...(meaning && { meaning }),
    ...(reason && { reason: reason.slice(0, maxReasonLength) }),
    ...(unread > 0 && { logsNotRead: unread }),
    ...(sample
      ? {
          sample: untrustedText(
            sampleTextOf(sample, signature),
            `end of the log of instance ${sample.TaskInstanceIndex} of ${quoted(sample.TaskName)}`,
          ),
        }
      : { log: noLogOf(failures, unread) }),
  };
};

/** `0-9, 12 of "sweep"`, one for each task. */
const whereOf = (failures: readonly Failure[]): string =>
  [...groupedBy(failures, ({ TaskName }) => TaskName)]
    .map(([name, own]) => `${rangesOf(own.map((failure) => failure.TaskInstanceIndex))} of ${quoted(name)}`)
    .join('; ');

const sampleTextOf = (sample: Failure, signature: readonly string[]): string => {
  const lines = cleanText(sample.log ?? '')
    .trimEnd()
    .split('\n');
  const end = lines.slice(-maxLines).join('\n').slice(-maxCharacters);
  const common = signature.at(-1) ?? '';
  // Where the last line is the same in all of them, the sample shows it already.
  return common === '' || end.endsWith(common) ? end : `${end}\n[all of them end like: ${common}]`;
};

const noLogOf = (failures: readonly Failure[], unread: number): string => {
  if (unread === failures.length) return 'not read';
  return failures.some((failure) => failure.hasRun) ? 'they wrote nothing' : 'they never ran';
};
