/** Selects the failed instances whose logs are read when not all can be. Pure. */
import { type Failure, groupedBy, groupKeyOf } from './failure-clusters.ts';

/** One call of DescribeTaskLogs. */
export interface LogBatch {
  readonly TaskName: string;
  readonly indexes: readonly number[];
}

/** The API takes ten indexes a call. */
const batchSize = 10;

/**
 * Selects the instances to read.
 * Calls are distributed over the tasks in turn, within a task evenly over the kinds that differ without a log, and
 * within a kind at even distances, so that a failure that begins halfway is included.
 */
export const logBatchesOf = (failures: readonly Failure[], maxCalls: number): readonly LogBatch[] => {
  const tasks = [
    ...groupedBy(
      failures.filter((failure) => failure.hasRun),
      ({ TaskName }) => TaskName,
    ),
  ];
  const calls = distribute(
    tasks.map(([, own]) => Math.ceil(own.length / batchSize)),
    maxCalls,
  );
  return tasks.flatMap(([TaskName, own], at) => {
    const groups = [...groupedBy(own, groupKeyOf).values()];
    const quotas = distribute(
      groups.map((group) => group.length),
      (calls[at] ?? 0) * batchSize,
    );
    const indexes = groups.flatMap((group, index) =>
      evenlyFrom(group, quotas[index] ?? 0).map((failure) => failure.TaskInstanceIndex),
    );
    return batchesOf(indexes).map((batch) => ({ TaskName, indexes: batch }));
  });
};

/** Round robin: gives each demand one unit at a time, until none is left or all demands are met. */
export const distribute = (demands: readonly number[], available: number): readonly number[] => {
  const shares = demands.map(() => 0);
  let left = available;
  let isUnmet = true;
  while (left > 0 && isUnmet) {
    isUnmet = false;
    for (const [index, demand] of demands.entries()) {
      const share = shares[index] ?? 0;
      if (left === 0 || share >= demand) continue;
      shares[index] = share + 1;
      left -= 1;
      isUnmet = true;
    }
  }
  return shares;
};

const evenlyFrom = <T>(items: readonly T[], count: number): readonly T[] =>
  items.filter(
    (_, index) =>
      Math.floor(((index + 1) * count) / items.length) > Math.floor((index * count) / items.length),
  );

const batchesOf = (indexes: readonly number[]): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(indexes.length / batchSize) }, (_, at) =>
    indexes.slice(at * batchSize, (at + 1) * batchSize),
  );
