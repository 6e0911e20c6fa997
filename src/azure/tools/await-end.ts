/** Waits until a terminated job is over, by reading it now and then. */
import { setTimeout } from 'node:timers/promises';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { Wire } from '../http/wire.ts';
import { defaultWaitLimit, pollInterval } from '../settings.ts';
import type { AzureContext } from '../tool.ts';
import { type AzureJob, readCounts, readJob, type Target, type TaskCounts, tasksThat } from './job.ts';

export interface End {
  /** The job as it was read last; absent where it is gone or could not be read. */
  readonly job?: AzureJob;
  readonly counts?: TaskCounts;
  /** Whether somebody deleted it meanwhile. */
  readonly isGone: boolean;
  readonly isOver: boolean;
  /** Why nothing more could be read. The call itself had been accepted, so this is no failure of it. */
  readonly problem?: string;
}

/**
 * Reads the job until it is over.
 * The conditions of the call are not repeated: the termination itself changed the ETag, so they could not hold.
 * @param patience how long, in milliseconds; zero reads once
 */
export const awaitEnd = async (
  wire: Wire,
  target: Target,
  context: AzureContext,
  patience = wire.settings.waitLimit ?? defaultWaitLimit,
): Promise<End> => {
  const pause = wire.settings.pause ?? defaultPause;
  for (let waited = 0; ; waited += pollInterval) {
    try {
      const job = await readJob(wire, target);
      const isOver = job.state === 'completed' || job.state === 'deleting';
      const counts = isOver || patience > 0 ? await readCounts(wire, target) : undefined;
      const end = { job, isOver, isGone: false, ...(counts && { counts }) };
      if (isOver || waited + pollInterval > patience) return end;
      context.progress(
        waited / 1000,
        patience / 1000,
        `${target.jobId} is ${job.state ?? 'in an unknown state'}; ${tasksThat(counts?.running ?? 0, 'still runs', 'still run')}.`,
      );
    } catch (error) {
      if (error instanceof ApiError && error.code === 'JobNotFound') return { isOver: true, isGone: true };
      if (!(error instanceof ApiError || error instanceof TransportError)) throw error;
      return { isOver: false, isGone: false, problem: error.message };
    }
    await pause(pollInterval, target.signal);
  }
};

const defaultPause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  setTimeout(milliseconds, undefined, { signal });
