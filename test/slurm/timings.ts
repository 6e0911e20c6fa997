/** Intervals for tests: the cluster has no other user, and its file system shows every change at once. */
import type { SlurmTimings } from '../../src/engine/runner/slurm/entry.ts';

export const fastTimings: SlurmTimings = {
  statusMs: 100,
  listMs: 1000,
  batchMs: 500,
  resubmitMs: 10_000,
  lostMs: 8000,
  // Longer than a busy machine takes to start what the controller lists as running.
  beginMs: 60_000,
  beatMs: 1000,
};
