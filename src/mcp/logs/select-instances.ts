/** The instances that an argument names: `all`, `failed`, or ranges such as `0-9,12`. */
import * as z from 'zod';
import { InputError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { indexesOf } from '../render/ranges.ts';

/** As many as one page of DescribeTask has, and as one call of a log tool reads. */
const maxInstances = 1000;

/** The argument of log tools. */
export const instancesArgument = z.string().max(2000).optional().describe('all, failed, or 0-9,12.');

interface Target {
  readonly JobId: string;
  readonly TaskName: string;
}

/**
 * Resolves the argument; only `failed` costs a call.
 * @returns indexes in ascending order; undefined for all
 * @throws InputError for anything else
 */
export const selectInstances = async (
  tool: string,
  argument: string | undefined,
  { JobId, TaskName }: Target,
  context: Pick<ToolContext, 'call'>,
): Promise<readonly number[] | undefined> => {
  const text = argument?.trim() ?? 'all';
  if (text === 'all') return undefined;
  if (text === 'failed') {
    const Filters = [{ Name: 'task-instance-state', Values: ['FAILED', 'FAILED_INTERRUPTED'] }];
    const task = await context.call('DescribeTask', { JobId, TaskName, Limit: maxInstances, Filters });
    return (task.TaskInstanceSet ?? []).map((instance) => instance.TaskInstanceIndex ?? 0);
  }
  const indexes = indexesOf(text, maxInstances);
  if (indexes !== undefined) return indexes;
  const message = `It has to be all, failed, or ranges of at most ${maxInstances} instances such as 0-9,12.`;
  throw new InputError(tool, [{ path: 'instances', message }]);
};
