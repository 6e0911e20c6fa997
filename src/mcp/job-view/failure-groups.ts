/** Failed attempts by what they have in common: exit code and reason. Pure. */
import { exitCodeMeaningOf } from '../jobs/exit-codes.ts';
import { rangesOf } from '../render/ranges.ts';
import type { FailureGroup } from './course.ts';
import type { AttemptFacts } from './facts.ts';

export interface FailedAttempt {
  /** Position of its task. */
  readonly task: number;
  readonly attempt: AttemptFacts;
  /** It is the last attempt of its instance. */
  readonly isLast: boolean;
}

export interface FailureIndex {
  /** The most frequent first. */
  readonly groups: readonly FailureGroup[];
  /** Attempts in other groups. */
  readonly others: number;
  /** Position of an attempt's group, where it is listed. */
  groupOf(task: number, attempt: AttemptFacts): number | undefined;
}

/** Further kinds are rare ones. */
const maxGroups = 12;
const maxReasonLength = 200;
const maxWhere = 20;
/** Of one task; the states of all instances are in the view. */
const maxRanges = 6;

/** What the service and the engine report when the machine failed, not the command. */
const machine =
  /machine failure|InternalError\.CallCvm|ResourceInsufficient|compute node was terminated|sold ?out/i;

const keyOf = (ExitCode: number | undefined, reason: string): string =>
  `${ExitCode ?? ''}|${reason.slice(0, maxReasonLength).replace(/\d+/g, '#')}`;

export const failuresOf = (failed: readonly FailedAttempt[]): FailureIndex => {
  const byKey = new Map<string, FailedAttempt[]>();
  for (const one of failed) {
    const key = keyOf(one.attempt.ExitCode, one.attempt.reason);
    const group = byKey.get(key);
    if (group === undefined) byKey.set(key, [one]);
    else group.push(one);
  }
  const sorted = [...byKey].sort(([, a], [, b]) => b.length - a.length);
  const listed = sorted.slice(0, maxGroups);
  const positions = new Map(listed.map(([key], position) => [key, position]));
  return {
    groups: listed.flatMap(([, group]) => groupOf(group)),
    others: sorted.slice(maxGroups).reduce((sum, [, group]) => sum + group.length, 0),
    groupOf: (_, { ExitCode, reason }) => positions.get(keyOf(ExitCode, reason)),
  };
};

const groupOf = (group: readonly FailedAttempt[]): readonly FailureGroup[] => {
  // The log of a last attempt is the one that can be read everywhere.
  const sample = group.find(({ isLast }) => isLast) ?? group[0];
  if (sample === undefined) return [];
  const { ExitCode, reason, index, attempt = 1 } = sample.attempt;
  const meaning = ExitCode === undefined ? undefined : exitCodeMeaningOf(ExitCode);
  const byTask = new Map<number, Set<number>>();
  for (const one of group) {
    const indexes = byTask.get(one.task) ?? new Set();
    byTask.set(one.task, indexes.add(one.attempt.index));
  }
  return [
    {
      ...(ExitCode !== undefined && { ExitCode }),
      reason: reason.slice(0, maxReasonLength),
      ...(meaning && { meaning }),
      isMachine: machine.test(reason),
      count: group.length,
      instances: group.filter(({ isLast }) => isLast).length,
      where: [...byTask]
        .slice(0, maxWhere)
        .map(([task, indexes]) => [task, rangesOf([...indexes], maxRanges)] as const),
      sample: { task: sample.task, instance: index, attempt },
    },
  ];
};
