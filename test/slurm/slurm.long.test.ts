/** The engine on a cluster: what jobs, instances and logs show, and what ends them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDataDir, type RunningEngine, shellTask, startRunningEngine } from '../engine/running-engine.ts';
import { type Cluster, noClusterReason, startCluster } from './cluster.ts';

const reason = noClusterReason();

describe.skipIf(reason !== undefined)(
  `on a Slurm cluster${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let cluster: Cluster;
    let engine: RunningEngine;
    beforeAll(async () => {
      cluster = await startCluster();
      engine = await startRunningEngine({
        dataDir: makeDataDir(),
        backend: 'slurm',
        workDir: cluster.shared,
        slots: 200,
        environment: cluster.environment,
        slurm: {
          timings: {
            listMs: 1000,
            statusMs: 100,
            batchMs: 500,
            resubmitMs: 5000,
            lostMs: 8000,
            beatMs: 1000,
          },
        },
      });
    });
    afterAll(async () => {
      await engine?.stop();
      await cluster?.stop();
    });

    test('a task runs as a job array, with the logs and exit codes of its instances', async () => {
      const JobId = await engine.submit({
        Tasks: [
          shellTask(
            'array',
            'echo $BATCH_TASK_INSTANCE_INDEX; echo err >&2; test $BATCH_TASK_INSTANCE_INDEX != 3',
            {
              TaskInstanceNum: 20,
              MaxRetryCount: 0,
            },
          ),
        ],
      });
      expect((await engine.settled(JobId, 60)).JobState).toBe('FAILED');
      const instances = await engine.instances(JobId, 'array');
      expect(instances.map(({ TaskInstanceState }) => TaskInstanceState)).toEqual(
        Array.from({ length: 20 }, (_, index) => (index === 3 ? 'FAILED' : 'SUCCEED')),
      );
      expect(await engine.logs(JobId, 'array', 7)).toEqual({ stdout: '7\n', stderr: 'err\n' });
    });
  },
);
