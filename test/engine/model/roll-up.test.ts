import { expect, test } from 'vitest';
import type { State } from '../../../src/engine/model/lifecycle.ts';
import { metricsOf, rollUp } from '../../../src/engine/model/roll-up.ts';
import { countsOf } from '../counts.ts';

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
])('%s is the state of a whole with parts in %j', (whole, parts) => {
  expect(rollUp(countsOf(...parts))).toBe(whole);
});

test('metrics have every count under the name of the API', () => {
  expect(
    metricsOf({
      ...countsOf(),
      SUBMITTED: 1,
      PENDING: 2,
      RUNNABLE: 3,
      STARTING: 4,
      RUNNING: 5,
      SUCCEED: 6,
      FAILED_INTERRUPTED: 7,
      FAILED: 8,
    }),
  ).toEqual({
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
