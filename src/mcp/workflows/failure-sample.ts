/** Which failed instances have their logs read when not all can be. Pure. */
import { type Failure, groupedBy, groupKeyOf } from './failure-clusters.ts';

/** One call of DescribeTaskLogs. */
export interface LogBatch {
  readonly TaskName: string;
  readonly indexes: readonly number[];
}

/** The API takes ten indexes a call. */
export const batchSize = 10;

/**
 * Chooses whose logs are read.
 * Calls go to the tasks in turn; within a task the kinds that can be told apart without a log share evenly, and from
 * each kind instances are taken at even distances, so that a failure that begins halfway is seen.
 * @param most calls there may be
 */
export const logBatchesOf = (failures: readonly Failure[], most: number): readonly LogBatch[] => {
  const tasks = [
    ...groupedBy(
      failures.filter((failure) => failure.hasRun),
      ({ TaskName }) => TaskName,
    ),
  ];
  const calls = distribute(
    tasks.map(([, own]) => Math.ceil(own.length / batchSize)),
    most,
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

/** Gives what there is to the wishes in turn, one at a time, until it is used up or nobody wants more. */
export const distribute = (wishes: readonly number[], available: number): readonly number[] => {
  const given = wishes.map(() => 0);
  let left = available;
  let isWanted = true;
  while (left > 0 && isWanted) {
    isWanted = false;
    for (const [index, wish] of wishes.entries()) {
      const own = given[index] ?? 0;
      if (left === 0 || own >= wish) continue;
      given[index] = own + 1;
      left -= 1;
      isWanted = true;
    }
  }
  return given;
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
