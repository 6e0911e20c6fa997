/** Submits jobs to an engine that loses responses, from clients that restart, until each is confirmed. */
import { createSettings } from '../../src/engine/settings.ts';
import { ApiError, TransportError } from '../../src/shared/errors.ts';
import { ComputeEnv, Placement, shellTask, startRunningEngine } from '../engine/running-engine.ts';
import { clientOf, endLater, temporaryDir } from './client-under-test.ts';

/** @returns the number of distinct confirmed JobIds, of existing jobs, and of unconfirmed calls */
export const submitThroughLosses = async (count: number) => {
  const engine = await startRunningEngine({
    dataDir: await temporaryDir(),
    quotas: { ...createSettings({ dataDir: '', engineId: '' }).quotas, jobs: count },
    faults: {
      seed: 20_261_122,
      rules: [
        { fault: 'reset-before', actions: ['SubmitJob'], probability: 0.2 },
        { fault: 'reset-after', actions: ['SubmitJob'], probability: 0.3 },
        { fault: 'half-answer', actions: ['SubmitJob'], probability: 0.2 },
        { fault: 'internal-error-after', actions: ['SubmitJob'], probability: 0.1 },
      ],
    },
  });
  endLater(engine.stop);
  // In an environment without nodes jobs stay RUNNABLE and no process runs.
  const { EnvId } = await engine.call('CreateComputeEnv', {
    Placement,
    ComputeEnv: { EnvName: 'empty', DesiredComputeNodeCount: 0, ...ComputeEnv },
  });
  const dataDir = await temporaryDir();
  const open = () => clientOf({ origin: engine.endpoint }, { dataDir, keys: engine });
  let client = await open();
  let unconfirmed = 0;
  const confirmed = new Set<unknown>();

  const submit = async (JobName: string): Promise<void> => {
    for (;;) {
      try {
        const Tasks = [shellTask('a', 'true', { EnvId: EnvId ?? '' })];
        confirmed.add((await client.call('SubmitJob', { Placement, Job: { JobName, Tasks } })).output.JobId);
        return;
      } catch (error) {
        const isBroken = error instanceof ApiError && error.code === 'InternalError';
        if (!(error instanceof TransportError || isBroken)) throw error;
        unconfirmed++;
        if (unconfirmed % 5 === 0) client = await open();
      }
    }
  };

  let next = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await submit(`job ${n}`);
  };
  await Promise.all(Array.from({ length: 8 }, work));
  const { output } = await client.call('DescribeJobs', { Limit: 1 });
  return { confirmed: confirmed.size, exist: output.TotalCount, unconfirmed };
};
