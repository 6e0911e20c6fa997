/** Clustering of failures. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rangesOf } from '../../../src/mcp/render/ranges.ts';
import { clustersOf, type Failure } from '../../../src/mcp/workflows/failure-clusters.ts';
import { anyFailures, failure, many } from './failures.ts';

/** A readable form of the clusters. */
const summaryOf = (failures: readonly Failure[]) =>
  clustersOf(failures).map(({ failures: own, signature, unread }) => ({
    where: rangesOf(own.map((one) => one.TaskInstanceIndex)),
    signature: signature.at(-1),
    unread,
  }));

describe('failures', () => {
  test('whose last lines differ only in numbers are one kind', () => {
    expect(summaryOf(many(4, (index) => ({ log: `no file /data/${index}.csv` })))).toEqual([
      { where: '0-3', signature: 'no file /data/<n>.csv', unread: 0 },
    ]);
  });

  test('whose last lines differ only in one word are one kind', () => {
    const words = ['alpha', 'beta', 'gamma', 'delta'];
    expect(summaryOf(many(4, (index) => ({ log: `cannot read the shard ${words[index]}` })))).toEqual([
      { where: '0-3', signature: 'cannot read the shard <*>', unread: 0 },
    ]);
  });

  test('with different exit codes, reasons or last lines are separate kinds, largest first', () => {
    const failures = [
      failure(0, { log: 'disk full' }),
      ...[1, 2].map((index) => failure(index, { log: 'no route to the host' })),
      ...[3, 4, 5].map((index) => failure(index, { log: 'no route to the host', ExitCode: 2 })),
      ...[6, 7, 8, 9].map((index) => failure(index, { log: 'no route to the host', reason: 'timed out' })),
    ];
    expect(summaryOf(failures).map(({ where }) => where)).toEqual(['6-9', '3-5', '1-2', '0']);
  });

  test('of several tasks with the same cause are one kind', () => {
    const [cluster] = clustersOf([
      failure(0, { log: 'x y z' }),
      failure(0, { TaskName: 'other', log: 'x y z' }),
    ]);
    expect(cluster?.failures.map(({ TaskName }) => TaskName)).toEqual(['work', 'other']);
  });

  test('whose log was not read join the only kind with their exit code and reason', () => {
    const failures = [
      failure(0, { log: 'no file a' }),
      failure(1, { log: 'no file a' }),
      failure(2),
      failure(3),
    ];
    expect(summaryOf(failures)).toEqual([{ where: '0-3', signature: 'no file a', unread: 2 }]);
  });

  test('whose log was not read are a separate kind if several kinds match', () => {
    const failures = [
      failure(0, { log: 'no file a' }),
      failure(1, { log: 'killed by the kernel' }),
      failure(2),
    ];
    expect(summaryOf(failures)).toEqual([
      { where: '0', signature: 'no file a', unread: 0 },
      { where: '1', signature: 'killed by the kernel', unread: 0 },
      { where: '2', signature: undefined, unread: 1 },
    ]);
  });

  test('of instances that never ran have no log', () => {
    expect(summaryOf(many(2, () => ({ hasRun: false, ExitCode: undefined, reason: 'no machine' })))).toEqual([
      { where: '0-1', signature: undefined, unread: 0 },
    ]);
  });
});

test('are each in exactly one kind', () => {
  fc.assert(
    fc.property(anyFailures, (records) => {
      const failures = records.map((record, index) => failure(index, record));
      const sorted = clustersOf(failures).flatMap((cluster) =>
        cluster.failures.map((one) => one.TaskInstanceIndex),
      );
      expect([...sorted].sort((a, b) => a - b)).toEqual(failures.map((_, index) => index));
    }),
  );
});
