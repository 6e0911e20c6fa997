/** Checks the two directories of an engine with a cluster, and which backend a data directory belongs to. */
import { existsSync, mkdirSync, readFileSync, realpathSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../../../shared/errors.ts';

/** Types of `statfs`, from the headers of the systems (linux/magic.h, lustre_user.h, gpfs.h). */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
]);

/** The name of a network file system; undefined for any other type. */
export const networkFileSystemOf = (type: number): string | undefined => networkFileSystems.get(type >>> 0);

/**
 * Checks the directories, and creates the working directory.
 * @returns the working directory, without links
 * @throws ConfigError with what is wrong
 */
export const checkDirectories = (dataDir: string, workDir: string | undefined): string => {
  if (workDir === undefined)
    throw new ConfigError(
      '--backend slurm needs --work-dir DIR, a directory that this machine and all nodes of the cluster share.',
    );
  const network = networkFileSystemOf(statfsSync(dataDir).type);
  if (network !== undefined)
    throw new ConfigError(
      `${dataDir} is on ${network}. The data directory has to be on a local file system: the database does not work on ` +
        `${network}, and jobs on other nodes could read the keys in it. Choose another one with --data-dir.`,
    );
  try {
    mkdirSync(workDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConfigError(`--work-dir ${workDir} cannot be created: ${String(error)}`);
  }
  const real = realpathSync(workDir);
  if (`${dataDir}/`.startsWith(`${real}/`) || `${real}/`.startsWith(`${dataDir}/`))
    throw new ConfigError(
      '--work-dir and --data-dir must not be in each other: nodes of the cluster can read the one, and must not read the other.',
    );
  return real;
};

/**
 * Checks that the jobs of a data directory run where they ran before: an engine with another backend would not find
 * them, and start them again.
 * @param file says on which cluster the jobs of the data directory run; absent for those of this machine
 * @param workDir undefined for an engine that runs jobs on this machine
 * @param hasJobs whether the data directory has any
 * @throws ConfigError
 */
export const checkBackend = (file: string, workDir: string | undefined, hasJobs: () => boolean): void => {
  const dataDir = dirname(file);
  const earlier = readMarker(file);
  if (earlier === workDir) return;
  if (earlier !== undefined && (workDir === undefined || hasJobs()))
    throw new ConfigError(
      `The jobs of ${dataDir} run on a Slurm cluster. Start its engine with --backend slurm --work-dir "${earlier}", or choose another --data-dir.`,
    );
  if (earlier === undefined && hasJobs())
    throw new ConfigError(
      `${dataDir} has jobs that ran on this machine. Choose another --data-dir for the engine that runs jobs on a cluster.`,
    );
  if (workDir !== undefined) writeFileSync(file, JSON.stringify({ workDir }), { mode: 0o600 });
};

const readMarker = (file: string): string | undefined => {
  if (!existsSync(file)) return undefined;
  const { workDir } = JSON.parse(readFileSync(file, 'utf8')) as { workDir?: unknown };
  return typeof workDir === 'string' ? workDir : undefined;
};
