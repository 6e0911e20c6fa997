import { describe, expect, test } from 'vitest';
import { verdictOf } from '../../../src/engine/model/dependences.ts';
import { countsOf, numberOf, type State, states } from '../../../src/engine/model/lifecycle.ts';

const task = (...some: readonly State[]) =>
  countsOf(states.map((state) => some.filter((one) => numberOf(one) === numberOf(state)).length));

const succeeded = task('SUCCEED', 'SUCCEED');
const half = task('SUCCEED', 'FAILED');
const failed = task('FAILED', 'FAILED');
const kept = task('SUCCEED', 'FAILED_INTERRUPTED');
const running = task('SUCCEED', 'RUNNING');
const failing = task('FAILED', 'RUNNABLE');

describe('a task with dependences', () => {
  test.each([
    ['PRE_TASK_SUCCEED', [], 'run'],
    ['PRE_TASK_SUCCEED', [succeeded], 'run'],
    ['PRE_TASK_SUCCEED', [succeeded, running], 'wait'],
    ['PRE_TASK_SUCCEED', [half, running], 'never'],
    ['PRE_TASK_SUCCEED', [kept], 'never'],
    ['PRE_TASK_SUCCEED', [failing], 'wait'],
    ['PRE_TASK_AT_LEAST_PARTLY_SUCCEED', [half], 'run'],
    ['PRE_TASK_AT_LEAST_PARTLY_SUCCEED', [kept, succeeded], 'run'],
    ['PRE_TASK_AT_LEAST_PARTLY_SUCCEED', [half, failed], 'never'],
    ['PRE_TASK_AT_LEAST_PARTLY_SUCCEED', [half, running], 'wait'],
    ['PRE_TASK_FINISHED', [failed, kept], 'run'],
    ['PRE_TASK_FINISHED', [failed, failing], 'wait'],
  ] as const)('with %s and %j: %s', (dependOn, predecessors, verdict) => {
    expect(verdictOf(dependOn, predecessors)).toBe(verdict);
  });
});
