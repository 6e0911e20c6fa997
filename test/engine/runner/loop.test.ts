import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backend, Report } from '../../../src/engine/runner/backend.ts';
import { keyOf } from '../../../src/engine/runner/backend.ts';
import { type Loop, startLoop } from '../../../src/engine/runner/loop.ts';
import { createSettings } from '../../../src/engine/settings.ts';
import { attemptsOf } from '../../../src/engine/store/attempt-history.ts';
import type { Attempt } from '../../../src/engine/store/attempts.ts';
import { findInstance } from '../../../src/engine/store/instances.ts';
import { findJob } from '../../../src/engine/store/jobs.ts';
import { createLog } from '../../../src/shared/log.ts';
import { until } from '../running-engine.ts';
import {
  type DatabaseUnderTest,
  insertTestJob,
  openDatabaseUnderTest,
  taskOf,
} from '../store/database-under-test.ts';

/** A backend without processes, like that of a cluster: attempts are names in a list, and reports come when they come. */
const createCluster = () => {
  let reports: Report[] = [];
  let wake = (): void => undefined;
  const calls: string[] = [];
  const recovered: Attempt[] = [];
  const backend: Backend = {
    start: (attempt) => void calls.push(`start ${keyOf(attempt)}.${attempt.attempt}`),
    observe: () => reports.splice(0),
    stop: (key) => void calls.push(`stop ${key}`),
    collect: (key) => void calls.push(`collect ${key}`),
    makeRoom: (key) => void calls.push(`make room ${key}`),
    release: (key, isRetained) => void calls.push(`release ${key}${isRetained ? ' retained' : ''}`),
    recover: (attempts) => void recovered.push(...attempts),
    close: () => undefined,
  };
  return {
    calls,
    recovered,
    report: (...some: readonly Report[]) => {
      reports = [...reports, ...some];
      wake();
    },
    createBackend: (onReport: () => void) => {
      wake = onReport;
      return backend;
    },
  };
};

let under: DatabaseUnderTest;
let db: DatabaseUnderTest['db'];
let loop: Loop | undefined;
beforeEach(() => {
  under = openDatabaseUnderTest();
  ({ db } = under);
});
afterEach(() => {
  loop?.stop();
  under.close();
});

const submit = (instances: number): void => insertTestJob(db, [taskOf('t', { instances })]);
const start = (cluster: ReturnType<typeof createCluster>, slots = 2): void => {
  loop = startLoop({
    db,
    settings: createSettings({ dataDir: under.dataDir, engineId: 'test', slots }),
    now: Date.now,
    monotonic: () => performance.now(),
    newId: () => 'ins-00000000',
    log: createLog('error'),
    createBackend: cluster.createBackend,
    advance: () => false,
  });
};
const called = (cluster: ReturnType<typeof createCluster>, call: string) =>
  until(call, () => cluster.calls.includes(call));
const stateOf = (index: number) => findInstance(db, 1, index)?.state;
const started = (key: string): Report => ({
  kind: 'started',
  key,
  backendId: `cluster-${key}`,
  elapsedMs: 0,
});
const exited = (key: string, code: number): Report => ({
  kind: 'ended',
  key,
  ending: { kind: 'exited', code },
  hasResults: true,
});

describe('the loop, with a backend that only reports', () => {
  test('starts as many attempts as there are slots, and the next when one has been collected', async () => {
    const cluster = createCluster();
    submit(3);
    start(cluster);
    await called(cluster, 'start 1/1.1');
    expect(cluster.calls).toEqual(['start 1/0.1', 'start 1/1.1']);
    expect([0, 1, 2].map(stateOf)).toEqual(['STARTING', 'STARTING', 'RUNNABLE']);
    cluster.report(started('1/0'));
    await until('it is recorded', () => stateOf(0) === 'RUNNING');
    cluster.report(exited('1/0', 0));
    await called(cluster, 'collect 1/0');
    expect([stateOf(0), stateOf(2)]).toEqual(['RUNNING', 'RUNNABLE']);
    cluster.report({ kind: 'collected', key: '1/0' });
    await called(cluster, 'start 1/2.1');
    expect(cluster.calls.slice(2)).toEqual(['collect 1/0', 'release 1/0', 'start 1/2.1']);
    expect(stateOf(0)).toBe('SUCCEED');
  });

  test('repeats what the machine has lost, after a back-off, and keeps the lost attempt in the history', async () => {
    const cluster = createCluster();
    submit(1);
    start(cluster);
    await called(cluster, 'start 1/0.1');
    cluster.report({ kind: 'ended', key: '1/0', ending: { kind: 'machine-failure', detail: 'node lost' } });
    await until('it waits', () => stateOf(0) === 'RUNNABLE');
    expect(cluster.calls).toEqual(['start 1/0.1', 'release 1/0']);
    await called(cluster, 'start 1/0.2');
    expect(attemptsOf(db, 1, 0)).toMatchObject([
      { attempt: 1, reason: 'machine failure', detail: 'node lost' },
      { attempt: 2, state: 'STARTING' },
    ]);
  });

  test('records why the backend terminated an attempt by itself, and does not repeat it', async () => {
    const cluster = createCluster();
    submit(1);
    start(cluster);
    await called(cluster, 'start 1/0.1');
    cluster.report(started('1/0'), { kind: 'stopping', key: '1/0', reason: 'too much disk' });
    cluster.report({ kind: 'ended', key: '1/0', ending: { kind: 'exited', code: 143 } });
    await until('it has ended', () => stateOf(0) === 'FAILED');
    expect(findInstance(db, 1, 0)).toMatchObject({ attempt: 1, reason: 'too much disk' });
  });

  test('hands the attempts of an earlier engine over with what identifies them, and starts none of them again', async () => {
    const before = createCluster();
    submit(1);
    start(before);
    await called(before, 'start 1/0.1');
    before.report(started('1/0'));
    await until('it is recorded', () => stateOf(0) === 'RUNNING');
    loop?.stop();
    const after = createCluster();
    start(after);
    expect(after.recovered).toMatchObject([{ index: 0, attempt: 1, backendId: 'cluster-1/0' }]);
    after.report({ ...started('1/0'), elapsedMs: 1000 } as Report, exited('1/0', 4));
    await called(after, 'collect 1/0');
    after.report({ kind: 'collected', key: '1/0' });
    await until('it has ended', () => stateOf(0) === 'FAILED');
    expect(findJob(db, 'ap-guangzhou', 'job-00000001')?.stateReason).toBe('task t ended FAILED');
    expect(after.calls).toEqual(['collect 1/0', 'release 1/0']);
  });
});
