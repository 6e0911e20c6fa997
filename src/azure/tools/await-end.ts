/** Polls a terminated job until it has ended. */
import { setTimeout } from 'node:timers/promises';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { Wire } from '../http/wire.ts';
import { defaultWaitTimeoutMs, pollIntervalMs } from '../settings.ts';
import type { AzureContext } from './define-tool.ts';
import { type AzureJob, readCounts, readJob, type Target, type TaskCounts, tasksThat } from './job.ts';

export interface EndState {
  /** The job as last read; absent if it was deleted or could not be read. */
  readonly job?: AzureJob;
  readonly counts?: TaskCounts;
  /** Whether it has been deleted meanwhile. */
  readonly isDeleted: boolean;
  readonly hasEnded: boolean;
  /** Why the job could not be read. The call was accepted, so it has not failed. */
  readonly problem?: string;
}

/**
 * Reads the job until it has ended.
 * Without the conditions of the call: the termination itself has changed the ETag.
 * @param timeoutMs how long to poll, in milliseconds; zero reads once
 */
export const awaitEnd = async (
  wire: Wire,
  target: Target,
  context: AzureContext,
  timeoutMs = wire.settings.waitTimeoutMs ?? defaultWaitTimeoutMs,
): Promise<EndState> => {
  const pause = wire.settings.pause ?? defaultPause;
  for (let waited = 0; ; waited += pollIntervalMs) {
    try {
      const job = await readJob(wire, target);
      const hasEnded = job.state === 'completed' || job.state === 'deleting';
      const counts = hasEnded || timeoutMs > 0 ? await readCounts(wire, target) : undefined;
      const end = { job, hasEnded, isDeleted: false, ...(counts && { counts }) };
      if (hasEnded || waited + pollIntervalMs > timeoutMs) return end;
      context.progress(
        waited / 1000,
        timeoutMs / 1000,
        `${target.jobId} is ${job.state ?? 'in an unknown state'}; ${tasksThat(counts?.running ?? 0, 'still runs', 'still run')}.`,
      );
    } catch (error) {
      if (error instanceof ApiError && error.code === 'JobNotFound')
        return { hasEnded: true, isDeleted: true };
      if (!(error instanceof ApiError || error instanceof TransportError)) throw error;
      return { hasEnded: false, isDeleted: false, problem: error.message };
    }
    await pause(pollIntervalMs, target.signal);
  }
};

const defaultPause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  setTimeout(milliseconds, undefined, { signal });
