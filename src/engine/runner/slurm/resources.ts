/** What the operator's table gives an attempt. */
import type { SlurmResources, SlurmTable } from '../../settings.ts';
import type { Attempt } from '../../store/attempts.ts';
import { findEnv } from '../../store/compute-envs.ts';
import type { Database } from '../../store/database.ts';

/** The part of a task, and of an environment, that names a type of machine. */
interface Machine {
  readonly EnvData?: { readonly InstanceType?: string | undefined } | undefined;
  readonly ComputeEnv?:
    | { readonly EnvData?: { readonly InstanceType?: string | undefined } | undefined }
    | undefined;
}

/** The part of a task on which its options in Slurm depend. */
export interface ClusterTask extends Machine {
  readonly EnvId?: string | undefined;
  /** Seconds. */
  readonly Timeout?: number | undefined;
}

/** What a job in Slurm gets. */
export interface JobOptions {
  readonly resources: SlurmResources;
  /** The time limit; undefined: the default of the partition. */
  readonly minutes: number | undefined;
}

/**
 * What the table gives a task: of its environment, or else of its instance type, over the defaults. An environment is
 * found by its id, or by its name.
 */
export const resourcesOfTask = (
  db: Database,
  table: SlurmTable,
  region: string,
  envId: string | undefined,
  task: Machine,
): SlurmResources => {
  const env = envId === undefined ? undefined : findEnv(db, region, envId);
  const byEnv = table.environments?.[envId ?? ''] ?? table.environments?.[env?.name ?? ''];
  const type = instanceTypeOf(env === undefined ? task : machineOf(env.info));
  const special = byEnv ?? table.instanceTypes?.[type ?? ''] ?? {};
  const { options = [], ...named } = table.defaults ?? {};
  return { ...named, ...special, options: [...options, ...(special.options ?? [])] };
};

export const resourcesOfAttempt = (
  db: Database,
  table: SlurmTable,
  { envId, region, task }: Attempt,
): SlurmResources => {
  const text = db.get<{ spec: string }>('SELECT spec FROM tasks WHERE id = ?', task)?.spec;
  return resourcesOfTask(db, table, region, envId, machineOf(text ?? '{}'));
};

/** @param text JSON that was checked by the catalogue's schema when it was submitted */
const machineOf = (text: string): Machine => JSON.parse(text) as Machine;

const instanceTypeOf = ({ EnvData, ComputeEnv }: Machine): string | undefined =>
  EnvData?.InstanceType ?? ComputeEnv?.EnvData?.InstanceType;
