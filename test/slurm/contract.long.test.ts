/** Runs the contract of the API against an engine whose jobs run on a cluster. */
import { afterAll, describe } from 'vitest';
import { contract } from '../contract/contract.ts';
import { type EngineTarget, startEngineTarget } from '../contract/engine-target.ts';
import { type Cluster, noClusterReason, startCluster } from './cluster.ts';
import { fastTimings } from './timings.ts';

const reason = noClusterReason();

describe.skipIf(reason !== undefined)(reason ?? 'on a cluster', () => {
  let cluster: Cluster | undefined;
  let started: EngineTarget | undefined;
  afterAll(async () => {
    await started?.stop();
    await cluster?.stop();
  });
  contract('the engine on a Slurm cluster', async () => {
    cluster = await startCluster();
    started = await startEngineTarget({
      backend: 'slurm',
      workDir: cluster.shared,
      slots: 100,
      environment: cluster.environment,
      slurm: { timings: fastTimings },
    });
    return started;
  });
});
