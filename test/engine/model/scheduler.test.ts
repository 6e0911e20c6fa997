import { describe, expect, test } from 'vitest';
import { countsOf } from '../../../src/engine/model/lifecycle.ts';
import {
  type ActiveInstance,
  decide,
  type Ending,
  outcomeOf,
  type ReadyTask,
  timedOut,
  type View,
} from '../../../src/engine/model/scheduler.ts';

const view = (some: Partial<View>): View => ({
  now: 100_000,
  slots: 2,
  ahead: 0,
  held: 0,
  maySpawn: true,
  jobs: [],
  ready: [],
  active: [],
  ...some,
});
const instance = (some: Partial<ActiveInstance> = {}): ActiveInstance => ({
  task: 1,
  idx: 0,
  state: 'RUNNING',
  runningTime: 50_000,
  timeoutMs: 60_000,
  killReason: undefined,
  failures: 0,
  maxRetry: 0,
  failedAction: 'TERMINATE',
  hasEnv: false,
  ending: undefined,
  ...some,
});
const ready = (task: number, some: Partial<ReadyTask> = {}): ReadyTask => ({
  task,
  runnable: 10,
  active: 0,
  maxConcurrent: 200_000,
  mayStandReady: false,
  freeNodes: undefined,
  ...some,
});
const startsOf = (some: Partial<View>) =>
  decide(view(some)).flatMap((one) => (one.do === 'start' ? [[one.task, one.count, ...one.nodes]] : []));

describe('what is started', () => {
  test.each<[string, Partial<View>, unknown[][]]>([
    ['fills the places with the first task', { ready: [ready(1), ready(2)] }, [[1, 2]]],
    [
      'goes on with the next task where the first has too little',
      { ready: [ready(1, { runnable: 1 }), ready(2)] },
      [
        [1, 1],
        [2, 1],
      ],
    ],
    [
      'keeps to MaxConcurrentNum',
      { ready: [ready(1, { maxConcurrent: 3, active: 2 }), ready(2)] },
      [
        [1, 1],
        [2, 1],
      ],
    ],
    ['counts what runs', { active: [instance()], ready: [ready(1)] }, [[1, 1]]],
    [
      'counts what has just ended as free',
      { active: [instance({ ending: { kind: 'exited', code: 0 } })], ready: [ready(1)] },
      [[1, 2]],
    ],
    ['counts kept scenes as taken', { held: 1, ready: [ready(1)] }, [[1, 1]]],
    ['is nothing while the engine must not spawn', { maySpawn: false, ready: [ready(1)] }, []],
    [
      'gives a node to one task only',
      { ready: [ready(1, { runnable: 1, freeNodes: ['a'] }), ready(2, { freeNodes: ['a', 'b'] })] },
      [
        [1, 1, 'a'],
        [2, 1, 'b'],
      ],
    ],
    [
      'lets those of short tasks stand ready beyond the places',
      { ahead: 3, ready: [ready(1, { mayStandReady: true, runnable: 4 }), ready(2)] },
      [[1, 4]],
    ],
    [
      'lets nothing stand ready behind what has to wait for a place',
      { ahead: 3, ready: [ready(1), ready(2, { mayStandReady: true })] },
      [[1, 2]],
    ],
    [
      'lets those of short tasks stand ready behind what has all it can have',
      { ahead: 3, ready: [ready(1, { runnable: 2 }), ready(2, { mayStandReady: true })] },
      [
        [1, 2],
        [2, 3],
      ],
    ],
    [
      'lets the row run dry for what came later and goes first',
      {
        ahead: 3,
        active: Array.from({ length: 4 }, (_, idx) => instance({ idx })),
        ready: [ready(1), ready(2, { mayStandReady: true })],
      },
      [],
    ],
    [
      'lets nothing stand ready for a node',
      { ahead: 3, ready: [ready(1, { mayStandReady: true, freeNodes: ['a', 'b', 'c'] })] },
      [[1, 2, 'a', 'b']],
    ],
    [
      'keeps to MaxConcurrentNum there too',
      { ahead: 8, ready: [ready(1, { mayStandReady: true, maxConcurrent: 3 })] },
      [[1, 3]],
    ],
    [
      'counts those that stand ready',
      {
        ahead: 3,
        active: Array.from({ length: 5 }, (_, idx) => instance({ idx })),
        ready: [ready(1, { mayStandReady: true })],
      },
      [],
    ],
    ['passes over a task without a free node', { ready: [ready(1, { freeNodes: [] }), ready(2)] }, [[2, 2]]],
  ])('%s', (_, some, expected) => {
    expect(startsOf(some)).toEqual(expected);
  });
});

describe('an instance past its time', () => {
  test('is killed once', () => {
    const late = instance({ runningTime: 40_000 });
    expect(decide(view({ active: [late] }))).toEqual([{ do: 'kill', instance: late, reason: timedOut }]);
    expect(decide(view({ active: [{ ...late, killReason: timedOut }] }))).toEqual([]);
  });
  test('is not killed before it runs', () => {
    expect(decide(view({ active: [instance({ state: 'STARTING', runningTime: undefined })] }))).toEqual([]);
  });
});

describe('an attempt that', () => {
  const exited = (code: number): Ending => ({ kind: 'exited', code });
  const lost: Ending = { kind: 'lost', detail: 'lost' };
  const unstartable: Ending = { kind: 'unstartable', detail: 'no' };
  test.each<[string, Partial<ActiveInstance>, Ending, string, number]>([
    ['exits with 0 succeeds', {}, exited(0), 'SUCCEED', 0],
    ['fails is over without retries', {}, exited(1), 'FAILED', 1],
    [
      'fails is tried again while MaxRetryCount allows',
      { maxRetry: 2, failures: 1 },
      exited(1),
      'RUNNABLE',
      2,
    ],
    ['fails for the last time is over', { maxRetry: 2, failures: 2 }, exited(1), 'FAILED', 3],
    ['is lost counts as failed', { maxRetry: 1 }, lost, 'RUNNABLE', 1],
    ['can never start is not tried again', { maxRetry: 5 }, unstartable, 'FAILED', 1],
    ['was not begun waits again and has not failed', {}, { kind: 'not-begun' }, 'RUNNABLE', 0],
    ['timed out counts as failed though it exits with 0', { killReason: timedOut }, exited(0), 'FAILED', 1],
    ['timed out is tried again', { killReason: timedOut, maxRetry: 1 }, exited(143), 'RUNNABLE', 1],
    [
      'was terminated is not tried again',
      { killReason: 'terminated', maxRetry: 5 },
      exited(143),
      'FAILED',
      0,
    ],
    [
      'fails with INTERRUPT and retries left is tried again',
      { failedAction: 'INTERRUPT', maxRetry: 1 },
      exited(1),
      'RUNNABLE',
      1,
    ],
    [
      'fails with INTERRUPT for the last time keeps its scene',
      { failedAction: 'INTERRUPT', maxRetry: 1, failures: 1 },
      exited(1),
      'FAILED_INTERRUPTED',
      2,
    ],
    [
      'fails with FAST_INTERRUPT keeps its scene at once',
      { failedAction: 'FAST_INTERRUPT', maxRetry: 5 },
      exited(1),
      'FAILED_INTERRUPTED',
      1,
    ],
    [
      'fails on an environment keeps nothing',
      { failedAction: 'FAST_INTERRUPT', hasEnv: true },
      exited(1),
      'FAILED',
      1,
    ],
  ])('%s', (_, some, ending, to, failures) => {
    expect(outcomeOf(instance(some), ending)).toMatchObject({ to, failures });
  });
  test('a signal ended says which', () => {
    expect(outcomeOf(instance(), exited(137)).detail).toBe(
      'the command ended with exit code 137 (killed by signal 9)',
    );
  });
});

describe('a job with an ended task', () => {
  const job = (dependOn: 'PRE_TASK_SUCCEED' | 'PRE_TASK_FINISHED', terminating = false) => ({
    job: 7,
    terminating,
    dependOn,
    dependences: [{ StartTask: 'a', EndTask: 'b' }],
    tasks: [
      { id: 1, name: 'a', counts: countsOf([0, 0, 0, 0, 0, 0, 0, 1]), open: true, closing: false },
      { id: 2, name: 'b', counts: countsOf([0, 3, 0, 0, 0, 0, 0, 0]), open: false, closing: false },
    ],
  });
  test('releases what may go', () => {
    expect(decide(view({ jobs: [job('PRE_TASK_FINISHED')] }))).toEqual([
      { do: 'release', task: 2 },
      { do: 'reviewed', job: 7 },
    ]);
  });
  test('closes what never can, with the reason', () => {
    expect(decide(view({ jobs: [job('PRE_TASK_SUCCEED')] }))).toEqual([
      {
        do: 'close',
        task: 2,
        reason: 'not run: a task it depends on did not end as PRE_TASK_SUCCEED demands',
      },
      { do: 'reviewed', job: 7 },
    ]);
  });
  test('that is being terminated releases nothing', () => {
    expect(decide(view({ jobs: [job('PRE_TASK_FINISHED', true)] }))).toEqual([{ do: 'reviewed', job: 7 }]);
  });
});
