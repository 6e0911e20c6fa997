/** Chooses what runs the jobs of an engine. The code for a cluster is loaded only for an engine that has one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../shared/log.ts';
import type { ClusterView } from './cluster-requests.ts';
import type { EngineOptions } from './engine-options.ts';
import type { Backend } from './runner/backend.ts';
import { createLocalBackend } from './runner/local-backend.ts';
import type { EngineSettings } from './settings.ts';
import type { Database } from './store/database.ts';

interface BackendParts {
  readonly db: Database;
  readonly settings: EngineSettings;
  readonly log: Log;
  readonly now: () => number;
  readonly monotonic: () => number;
}

export interface OpenedBackend {
  /** With what the backend has found out about the sandbox. */
  readonly settings: EngineSettings;
  createBackend(wake: () => void): Backend;
  /** Undefined for an engine that runs jobs on its machine. */
  readonly cluster: ClusterView | undefined;
}

/**
 * The directory with the files of jobs. Checks that the jobs of the data directory belong to the backend of the options:
 * another one would not find what runs, and start it again.
 * @param hasJobs whether the data directory has jobs
 * @throws ConfigError
 */
export const filesDirOf = async (
  { backend = 'local', workDir }: Pick<EngineOptions, 'backend' | 'workDir'>,
  dataDir: string,
  hasJobs: () => boolean,
): Promise<string> => {
  if (backend === 'local' && !existsSync(join(dataDir, clusterFile))) return dataDir;
  const { checkBackend, checkDirectories } = await import('./runner/slurm/directories.ts');
  const filesDir = backend === 'slurm' ? checkDirectories(dataDir, workDir) : undefined;
  checkBackend(join(dataDir, clusterFile), filesDir, hasJobs);
  return filesDir ?? dataDir;
};

/** In the data directory of an engine with a cluster: where its jobs run. */
const clusterFile = 'slurm.json';

/**
 * Prepares the backend of the options.
 * @throws ConfigError if the jobs of the data directory run elsewhere, or if the cluster cannot be used
 */
export const openBackend = async (options: EngineOptions, parts: BackendParts): Promise<OpenedBackend> => {
  const { db, settings, now } = parts;
  if (settings.backend === 'local') {
    return {
      settings,
      cluster: undefined,
      createBackend: (wake) => createLocalBackend({ db, settings, now, wake }),
    };
  }
  const { openCluster } = await import('./runner/slurm/open.ts');
  const { slurm = {}, environment = {} } = options;
  const { queue, jobOptionsOf, ...opened } = await openCluster(
    {
      table: slurm.table ?? {},
      environment,
      needsSandbox: options.sandbox === 'bwrap',
      timings: slurm.timings,
      probeTimeoutMs: slurm.probeTimeoutMs,
    },
    parts,
  );
  return { ...opened, cluster: { ...queue, jobOptionsOf } };
};
