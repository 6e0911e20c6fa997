/** Groups failed instances into kinds of failure. Pure. */
import { commonSignatureOf, isAlike, normalizedOf, signatureOf } from './failure-signature.ts';

/** One failed instance. */
export interface Failure {
  readonly TaskName: string;
  readonly TaskInstanceIndex: number;
  /** Absent where the command did not run to its end. */
  readonly ExitCode: number | undefined;
  /** StateDetailedReason, or StateReason where there are no details. */
  readonly reason: string;
  /** Whether its command was started, so that there can be a log. */
  readonly hasRun: boolean;
  /** How long its command ran, in seconds; absent where it did not, or where it is not known. */
  readonly ran?: number | undefined;
  /** The end of its log, where it was read. Empty: it wrote nothing. */
  readonly log?: string | undefined;
}

/** Failures of one kind. */
export interface Cluster {
  readonly ExitCode: number | undefined;
  readonly reason: string;
  /** What their last lines have in common; empty where they wrote nothing or no log was read. */
  readonly signature: readonly string[];
  readonly failures: readonly Failure[];
  /** How many of them are included by exit code and reason alone, because their logs were not read. */
  readonly unread: number;
}

interface Kind {
  readonly signature: readonly string[];
  readonly failures: readonly Failure[];
}

/**
 * Groups failures by exit code and reason, then by what their last lines have in common.
 * Those whose log was not read join the kind of their exit code and reason where there is only one; otherwise they form
 * a separate kind without a signature.
 * @returns the largest kind first
 */
export const clustersOf = (failures: readonly Failure[]): readonly Cluster[] => {
  const groups = [...groupedBy(failures, groupKeyOf).values()];
  return groups.flatMap(clustersOfGroup).sort((a, b) => b.failures.length - a.failures.length);
};

/** Distinguishes kinds without a log. */
export const groupKeyOf = ({ ExitCode, reason }: Failure): string =>
  JSON.stringify([ExitCode ?? null, normalizedOf(reason)]);

const clustersOfGroup = (group: readonly Failure[]): readonly Cluster[] => {
  const [first] = group;
  if (first === undefined) return [];
  const unread = group.filter((failure) => failure.hasRun && failure.log === undefined);
  const kinds = kindsOf(group.filter((failure) => !unread.includes(failure)));
  const clusterOf = ({ signature, failures }: Kind, count: number): Cluster => ({
    ExitCode: first.ExitCode,
    reason: first.reason,
    signature,
    failures,
    unread: count,
  });
  const [only, ...others] = kinds;
  if (unread.length > 0 && only !== undefined && others.length === 0) {
    return [clusterOf({ ...only, failures: [...only.failures, ...unread] }, unread.length)];
  }
  return [
    ...kinds.map((kind) => clusterOf(kind, 0)),
    ...(unread.length > 0 ? [clusterOf({ signature: [], failures: unread }, unread.length)] : []),
  ];
};

/** Groups equal signatures, then merges rarer ones into a more frequent one that is nearly the same. */
const kindsOf = (failures: readonly Failure[]): readonly Kind[] => {
  const equal = groupedBy(failures, (failure) => JSON.stringify(signatureOf(failure.log ?? '')));
  const exact = [...equal.values()]
    .map((same): Kind => ({ signature: signatureOf(same[0]?.log ?? ''), failures: same }))
    .sort((a, b) => b.failures.length - a.failures.length);
  const kinds: Kind[] = [];
  for (const kind of exact) {
    const at = kinds.findIndex((known) => isAlike(known.signature, kind.signature));
    const known = kinds[at];
    if (known === undefined) kinds.push(kind);
    else kinds[at] = joined(known, kind);
  }
  return kinds;
};

const joined = (a: Kind, b: Kind): Kind => ({
  signature: commonSignatureOf(a.signature, b.signature),
  failures: [...a.failures, ...b.failures],
});

/** Groups items by key, in the order in which the keys first occur. */
export const groupedBy = <T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};
