import { describe, expect, test } from 'vitest';
import {
  type ActiveInstance,
  decide,
  type Ending,
  machineFailure,
  nodeTerminated,
  outcomeOf,
  type ReadyTask,
  type Snapshot,
  timedOut,
} from '../../../src/engine/model/scheduler.ts';
import { countsOf } from '../counts.ts';

const snapshot = (some: Partial<Snapshot>): Snapshot => ({
  clock: 100_000,
  slots: 2,
  retained: 0,
  mayStart: true,
  ended: [],
  ready: [],
  active: [],
  ...some,
});
const instance = (some: Partial<ActiveInstance> = {}): ActiveInstance => ({
  task: 1,
  index: 0,
  state: 'RUNNING',
  timeoutMs: 60_000,
  killReason: undefined,
  failures: 0,
  machineFailures: 0,
  maxRetry: 0,
  failedAction: 'TERMINATE',
  hasEnv: false,
  hasOtherNode: false,
  deadline: 110_000,
  ending: undefined,
  ...some,
});
const ready = (task: number, some: Partial<ReadyTask> = {}): ReadyTask => ({
  task,
  runnable: 10,
  active: 0,
  maxConcurrent: 200_000,
  freeNodes: undefined,
  ...some,
});
const startsOf = (some: Partial<Snapshot>) =>
  decide(snapshot(some)).flatMap((one) => (one.do === 'start' ? [[one.task, one.count, ...one.nodes]] : []));

describe('what is started', () => {
  test.each<[string, Partial<Snapshot>, unknown[][]]>([
    ['fills the slots with the first task', { ready: [ready(1), ready(2)] }, [[1, 2]]],
    [
      'continues with the next task if the first has too few instances',
      { ready: [ready(1, { runnable: 1 }), ready(2)] },
      [
        [1, 1],
        [2, 1],
      ],
    ],
    [
      'respects MaxConcurrentNum',
      { ready: [ready(1, { maxConcurrent: 3, active: 2 }), ready(2)] },
      [
        [1, 1],
        [2, 1],
      ],
    ],
    ['leaves out the slots of running instances', { active: [instance()], ready: [ready(1)] }, [[1, 1]]],
    [
      'uses the slot of an instance that has just ended',
      { active: [instance({ ending: { kind: 'exited', code: 0 } })], ready: [ready(1)] },
      [[1, 2]],
    ],
    ['leaves out the slots of retained workspaces', { retained: 1, ready: [ready(1)] }, [[1, 1]]],
    ['is nothing while the machine lacks resources', { mayStart: false, ready: [ready(1)] }, []],
    [
      'gives a node to one task only',
      { ready: [ready(1, { runnable: 1, freeNodes: ['a'] }), ready(2, { freeNodes: ['a', 'b'] })] },
      [
        [1, 1, 'a'],
        [2, 1, 'b'],
      ],
    ],
    ['passes over a task without a free node', { ready: [ready(1, { freeNodes: [] }), ready(2)] }, [[2, 2]]],
  ])('%s', (_, some, expected) => {
    expect(startsOf(some)).toEqual(expected);
  });
});

describe('an instance whose Timeout has expired', () => {
  test('is stopped', () => {
    const late = instance({ deadline: 100_000 });
    expect(decide(snapshot({ active: [late] }))).toEqual([{ do: 'stop', instance: late, reason: timedOut }]);
  });
  test('is not stopped before it runs', () => {
    expect(decide(snapshot({ active: [instance({ state: 'STARTING', deadline: undefined })] }))).toEqual([]);
  });
});

test('an instance that is to be killed is stopped for the reason that is recorded', () => {
  const killed = instance({ killReason: 'terminated', deadline: 0 });
  expect(decide(snapshot({ active: [killed] }))).toEqual([
    { do: 'stop', instance: killed, reason: 'terminated' },
  ]);
});

describe('an attempt that', () => {
  const exited = (code: number): Ending => ({ kind: 'exited', code });
  const lost: Ending = { kind: 'machine-failure', detail: 'lost' };
  const unstartable: Ending = { kind: 'unstartable', detail: 'no' };
  test.each<[string, Partial<ActiveInstance>, Ending, string, number]>([
    ['exits with 0 succeeds', {}, exited(0), 'SUCCEED', 0],
    ['fails is over without retries', {}, exited(1), 'FAILED', 1],
    ['fails is repeated while MaxRetryCount allows', { maxRetry: 2, failures: 1 }, exited(1), 'RUNNABLE', 2],
    ['fails for the last time is over', { maxRetry: 2, failures: 2 }, exited(1), 'FAILED', 3],
    ['is lost is repeated without using up MaxRetryCount', {}, lost, 'RUNNABLE', 0],
    ['is lost three times in a row has failed', { machineFailures: 2, maxRetry: 5 }, lost, 'FAILED', 0],
    [
      'could not be started this time is a failed attempt',
      { maxRetry: 1 },
      { kind: 'failed', detail: 'no' },
      'RUNNABLE',
      1,
    ],
    [
      'loses its node is repeated on another',
      { killReason: nodeTerminated, hasOtherNode: true },
      exited(143),
      'RUNNABLE',
      0,
    ],
    ['loses the only node is a failed attempt', { killReason: nodeTerminated }, exited(143), 'FAILED', 1],
    ['can never be started is not repeated', { maxRetry: 5 }, unstartable, 'FAILED', 1],
    [
      'was cancelled before it began waits again and has not failed',
      {},
      { kind: 'not-begun' },
      'RUNNABLE',
      0,
    ],
    ['timed out counts as failed though it exits with 0', { killReason: timedOut }, exited(0), 'FAILED', 1],
    ['timed out is repeated', { killReason: timedOut, maxRetry: 1 }, exited(143), 'RUNNABLE', 1],
    ['was terminated is not repeated', { killReason: 'terminated', maxRetry: 5 }, exited(143), 'FAILED', 0],
    [
      'fails with INTERRUPT and retries left is repeated',
      { failedAction: 'INTERRUPT', maxRetry: 1 },
      exited(1),
      'RUNNABLE',
      1,
    ],
    [
      'fails with INTERRUPT for the last time retains its workspace',
      { failedAction: 'INTERRUPT', maxRetry: 1, failures: 1 },
      exited(1),
      'FAILED_INTERRUPTED',
      2,
    ],
    [
      'fails with FAST_INTERRUPT retains its workspace at once',
      { failedAction: 'FAST_INTERRUPT', maxRetry: 5 },
      exited(1),
      'FAILED_INTERRUPTED',
      1,
    ],
    [
      'fails in a compute environment retains nothing',
      { failedAction: 'FAST_INTERRUPT', hasEnv: true },
      exited(1),
      'FAILED',
      1,
    ],
  ])('%s', (_, some, ending, to, failures) => {
    expect(outcomeOf(instance(some), ending)).toMatchObject({ to, failures });
  });
  test('is lost again and again waits longer each time, with the reason of the machine', () => {
    const outcomeAfter = (machineFailures: number) => outcomeOf(instance({ machineFailures }), lost);
    expect([0, 1, 2].map((number) => outcomeAfter(number).backoffMs)).toEqual([1000, 5000, 0]);
    expect(outcomeAfter(2)).toMatchObject({
      reason: machineFailure,
      detail: 'lost; the machine failed 3 times in a row',
    });
    expect(outcomeOf(instance({ machineFailures: 2 }), exited(1)).machineFailures).toBe(0);
  });
  test('was ended by a signal names it', () => {
    expect(outcomeOf(instance(), exited(137)).detail).toBe(
      'the command ended with exit code 137 (killed by signal 9)',
    );
  });
});

test('a task that has ended is settled: its successors are opened, or closed with the reason', () => {
  const ended = (dependOn: 'PRE_TASK_SUCCEED' | 'PRE_TASK_FINISHED') =>
    decide(snapshot({ ended: [{ task: 7, dependOn, counts: countsOf('FAILED') }] }));
  expect(ended('PRE_TASK_FINISHED')).toMatchObject([{ do: 'settle', task: 7, effect: 'satisfied' }]);
  expect(ended('PRE_TASK_SUCCEED')).toEqual([
    {
      do: 'settle',
      task: 7,
      effect: 'violated',
      reason: 'not run: a task it depends on did not end as PRE_TASK_SUCCEED demands',
    },
  ]);
});
