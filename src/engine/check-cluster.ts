/** What `batch-mcp doctor` checks of a cluster, before an engine is started for it. */
import { realpathSync } from 'node:fs';
import { ConfigError } from '../shared/errors.ts';
import { createDataDir, keysOf } from './daemon/data-directory.ts';
import { settingsOf } from './engine-options.ts';
import type { SandboxMode } from './runner/processes/sandbox.ts';
import { openSandboxDirectories } from './runner/processes/sandbox.ts';
import { checkNodes, checkScheduler } from './runner/slurm/check-cluster.ts';
import { createSlurmClient } from './runner/slurm/client.ts';
import { checkDirectories } from './runner/slurm/directories.ts';
import type { Finding } from './runner/slurm/findings.ts';
import type { SlurmTable } from './settings.ts';

export interface ClusterCheckOptions {
  readonly dataDir: string;
  readonly workDir: string | undefined;
  readonly sandbox: SandboxMode;
  readonly sandboxNet: boolean;
  readonly table: SlurmTable;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long the probe job may wait and run. */
  readonly probeTimeoutMs?: number;
}

/** As long as the start of an engine waits. */
const defaultProbeTimeoutMs = 60_000;

/** @returns the checks, each before those that depend on it; submits one small job, and leaves none behind */
export const checkCluster = async (options: ClusterCheckOptions): Promise<readonly Finding[]> => {
  const client = createSlurmClient(options.environment);
  const scheduler = await checkScheduler(client, options.table);
  const hasFailed = scheduler.some(({ state }) => state === 'failed');
  try {
    createDataDir(options.dataDir);
    const dataDir = realpathSync(options.dataDir);
    const filesDir = checkDirectories(dataDir, options.workDir);
    const directories: Finding = { name: 'work-dir', state: 'ok', found: `${filesDir} is writable here` };
    if (hasFailed)
      return [
        ...scheduler,
        directories,
        { name: 'nodes', state: 'skipped', found: 'no job can be submitted' },
      ];
    const { sandbox, sandboxNet, environment } = options;
    const given = { dataDir, backend: 'slurm', sandbox, sandboxNet, environment } as const;
    const settings = settingsOf(given, { dataDir, filesDir }, keysOf(dataDir).engineId);
    await openSandboxDirectories(settings);
    const timeoutMs = options.probeTimeoutMs ?? defaultProbeTimeoutMs;
    return [...scheduler, directories, ...(await checkNodes(client, settings, options.table, timeoutMs))];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [...scheduler, { name: 'work-dir', state: 'failed', found: error.message }];
  }
};
