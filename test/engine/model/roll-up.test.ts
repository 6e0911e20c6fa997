import { expect, test } from 'vitest';
import { countsOf, numberOf, type State, states } from '../../../src/engine/model/lifecycle.ts';
import { metricsOf, rollUp } from '../../../src/engine/model/roll-up.ts';

const countsWith = (...some: readonly State[]) =>
  countsOf(states.map((state) => some.filter((one) => numberOf(one) === numberOf(state)).length));

test.each<[State, readonly State[]]>([
  ['RUNNING', ['RUNNING', 'FAILED', 'SUCCEED', 'PENDING', 'STARTING']],
  ['STARTING', ['STARTING', 'RUNNABLE', 'SUCCEED', 'SUBMITTED']],
  ['SUBMITTED', ['SUBMITTED', 'RUNNABLE', 'PENDING']],
  ['RUNNABLE', ['RUNNABLE', 'PENDING', 'FAILED']],
  ['PENDING', ['PENDING', 'SUCCEED']],
  ['FAILED_INTERRUPTED', ['FAILED_INTERRUPTED', 'FAILED', 'SUCCEED']],
  ['FAILED', ['FAILED', 'SUCCEED', 'SUCCEED']],
  ['SUCCEED', ['SUCCEED']],
  ['SUCCEED', []],
])('%s speaks for %j', (whole, parts) => {
  expect(rollUp(countsWith(...parts))).toBe(whole);
});

test('metrics carry every count under the name of the API', () => {
  expect(metricsOf(countsOf([1, 2, 3, 4, 5, 6, 7, 8]))).toEqual({
    SubmittedCount: 1,
    PendingCount: 2,
    RunnableCount: 3,
    StartingCount: 4,
    RunningCount: 5,
    SucceedCount: 6,
    FailedInterruptedCount: 7,
    FailedCount: 8,
  });
});
