/** Which instances without output may still write some: the cloud has no log before an instance has ended. */
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { rangesOf } from '../render/ranges.ts';

/** As many as one page of DescribeTask has. */
const maxInstances = 1000;

const unendedStates = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'];

/**
 * Reads which of some instances have not ended; one call, none for a local engine, which has the log of a running command.
 * @param silent instances without output
 * @returns indexes in ascending order; empty where the states cannot be read
 */
export const readUnended = async (
  { JobId, TaskName }: { readonly JobId: string; readonly TaskName: string },
  silent: readonly number[],
  context: Pick<ToolContext, 'call' | 'engine'>,
): Promise<readonly number[]> => {
  if (silent.length === 0 || (await context.engine?.()) !== undefined) return [];
  try {
    const Filters = [{ Name: 'task-instance-state', Values: unendedStates }];
    const task = await context.call('DescribeTask', { JobId, TaskName, Limit: maxInstances, Filters });
    const unended = new Set((task.TaskInstanceSet ?? []).map((instance) => instance.TaskInstanceIndex));
    return silent.filter((index) => unended.has(index));
  } catch (error) {
    // The logs were read; their answer must not be lost.
    if (error instanceof ApiError || error instanceof TransportError) return [];
    throw error;
  }
};

/** A clause on these instances. */
export const unendedTextOf = (unended: readonly number[]): string =>
  `not ended: ${rangesOf(unended, maxRanges)}, and the cloud has no log before an instance has ended`;

// More would be a list of every second instance.
const maxRanges = 100;
