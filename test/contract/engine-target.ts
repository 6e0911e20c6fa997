/** The engine as a target: in this process, without a sandbox, with small quotas and three faulty zones. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineOptions, startEngine } from '../../src/engine/index.ts';
import { endJobsOf } from '../end-jobs.ts';
import type { Target } from './target.ts';

export interface EngineTarget extends Target {
  readonly dataDir: string;
  stop(): Promise<void>;
}

const faultyZones = { unavailable: 'ap-guangzhou-5', stuck: 'ap-guangzhou-6', soldOut: 'ap-guangzhou-7' };

/** Small, so that quotas are reached quickly; cores and nodes are as documented. */
const quotas = {
  jobs: 25,
  taskTemplates: 12,
  computeEnvs: 12,
  computeNodesPerEnv: 2000,
  cpuCores: 1000,
  taskInstances: 200_000,
};

export const startEngineTarget = async (options: Partial<EngineOptions> = {}): Promise<EngineTarget> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-contract-'));
  const engine = await startEngine({
    dataDir,
    sandbox: 'none',
    // Running, interrupted and terminating instances of several cases occupy slots at the same time.
    slots: 8,
    // Long enough to observe a termination, short enough for a test.
    killGraceMs: 1500,
    quotas,
    environment: { PATH: process.env.PATH },
    faults: {
      zones: {
        [faultyZones.unavailable]: 'unavailable',
        [faultyZones.stuck]: 'stuck',
        [faultyZones.soldOut]: 'sold-out',
      },
    },
    ...options,
  });
  return {
    name: 'the local engine',
    access: {
      secretId: engine.secretId,
      secretKey: engine.secretKey,
      protocol: 'http://',
      host: new URL(engine.endpoint).host,
    },
    region: 'ap-guangzhou',
    zone: 'ap-guangzhou-2',
    faultyZones,
    imageId: 'img-bd78fy2t',
    instanceType: 'S5.SMALL2',
    maySpend: true,
    hasPython: spawnSync('python3', ['--version']).status === 0,
    hasSpareInstances: true,
    dataDir,
    stop: async () => {
      await engine.stop();
      endJobsOf(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
