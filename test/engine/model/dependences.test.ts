import { describe, expect, test } from 'vitest';
import { effectOfEnd } from '../../../src/engine/model/dependences.ts';
import { countsOf } from '../counts.ts';

describe('a task that has ended', () => {
  test.each([
    ['PRE_TASK_SUCCEED', ['SUCCEED', 'SUCCEED'], 'satisfied'],
    ['PRE_TASK_SUCCEED', ['SUCCEED', 'FAILED'], 'violated'],
    ['PRE_TASK_SUCCEED', ['SUCCEED', 'FAILED_INTERRUPTED'], 'violated'],
    ['PRE_TASK_AT_LEAST_PARTLY_SUCCEED', ['SUCCEED', 'FAILED'], 'satisfied'],
    ['PRE_TASK_AT_LEAST_PARTLY_SUCCEED', ['SUCCEED', 'FAILED_INTERRUPTED'], 'satisfied'],
    ['PRE_TASK_AT_LEAST_PARTLY_SUCCEED', ['FAILED', 'FAILED'], 'violated'],
    ['PRE_TASK_FINISHED', ['FAILED', 'FAILED_INTERRUPTED'], 'satisfied'],
  ] as const)('leaves %s, with instances in %j, %s', (dependOn, states, effect) => {
    expect(effectOfEnd(dependOn, countsOf(...states))).toBe(effect);
  });
});
