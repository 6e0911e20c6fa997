/** One kind of failure as it stands in the answer of DiagnoseJob. */
import type { Fields } from '../contract/tool.ts';
import { cleanText, fence, quoted } from '../render/untrusted.ts';
import { exitCodeMeaningOf } from './exit-codes.ts';
import { type Cluster, type Failure, groupedBy, rangesOf } from './failure-clusters.ts';

/** More kinds than these are rarely different causes, and each costs up to 300 tokens. */
export const maxShownClusters = 5;
// The last lines say why; a stack trace begins with its own end in most languages, and ends with it in the others.
const maxLines = 8;
const maxCharacters = 600;
const maxReasonLength = 200;

/**
 * The fields of one kind.
 * @param mark the fence's mark of this answer; the sample and what the logs have in common stand inside the fence
 */
export const clusterFieldsOf = (cluster: Cluster, mark: string): Fields => {
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
          sample: fence(
            sampleTextOf(sample, signature),
            mark,
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
  const alike = signature.at(-1) ?? '';
  // Where the last line is the same in all of them, the sample shows it already.
  return alike === '' || end.endsWith(alike) ? end : `${end}\n[all of them end like: ${alike}]`;
};

const noLogOf = (failures: readonly Failure[], unread: number): string => {
  if (unread === failures.length) return 'not read';
  return failures.some((failure) => failure.hasRun) ? 'they wrote nothing' : 'they never ran';
};
