/** The budget of API calls, and parts that could not be read. */
import { describe, expect, test } from 'vitest';
import type { ToolContext } from '../../../src/mcp/contract/tool.ts';
import { createCallBudget } from '../../../src/mcp/jobs/call-budget.ts';
import { ApiError, TransportError } from '../../../src/shared/errors.ts';

describe('a budget of calls', () => {
  const contextOf = (answer: () => unknown, signal = new AbortController().signal) =>
    ({ signal, call: async () => answer() }) as unknown as ToolContext;
  const failing = (error: Error) => () => {
    throw error;
  };

  test('counts calls and makes none beyond its limit', async () => {
    const budget = createCallBudget(
      contextOf(() => ({})),
      1,
    );
    await budget.call('DescribeJob', { JobId: 'job-aaaaaaaa' });
    expect({ used: budget.used(), left: budget.remaining() }).toEqual({ used: 1, left: 0 });
    await expect(budget.call('DescribeJob', { JobId: 'job-aaaaaaaa' })).rejects.toThrow(
      'The budget of 1 calls is exceeded.',
    );
  });

  test.each([
    [new ApiError('DescribeTask', 'InternalError', 'no', undefined), 'a task: InternalError'],
    [new TransportError('lost', false), 'a task: no response'],
  ])('records what could not be read: %s', async (error, note) => {
    const budget = createCallBudget(contextOf(failing(error)), 5);
    expect(await budget.tryCall('DescribeJob', { JobId: 'job-aaaaaaaa' }, 'a task')).toBeUndefined();
    expect(budget.skipped()).toEqual([note]);
  });

  test('records no defect of this program, and nothing after a cancellation', async () => {
    const mistake = createCallBudget(contextOf(failing(new TypeError('a bug'))), 5);
    await expect(mistake.tryCall('DescribeJob', { JobId: 'job-aaaaaaaa' }, 'x')).rejects.toThrow('a bug');
    const cancelled = createCallBudget(
      contextOf(failing(new TransportError('lost', false)), AbortSignal.abort()),
      5,
    );
    await expect(cancelled.tryCall('DescribeJob', { JobId: 'job-aaaaaaaa' }, 'x')).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
