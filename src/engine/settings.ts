/** The settings of a running engine: read once at start, then frozen. */
import type { ZoneCondition } from './model/compute-node.ts';

/** A user and group of the system. */
export interface JobUser {
  readonly uid: number;
  readonly gid: number;
}

/** How commands are isolated; decided once at start. */
export interface SandboxVerdict {
  /** `refuse`: no job may be submitted, `reason` says why and what to do. */
  readonly mode: 'none' | 'bwrap' | 'refuse';
  /** A sentence for the log and for error responses. */
  readonly reason: string;
  /** Whether a sandboxed command may reach the network. */
  readonly network: boolean;
  /** Program and arguments that start the sandbox, absolute and the same for all attempts; empty without a sandbox. */
  readonly prefix: readonly string[];
  /** The user that commands run as in the sandbox of a root engine; undefined: the engine's own. */
  readonly user?: JobUser | undefined;
  /** Private directories of this machine, which the sandbox shows empty. */
  readonly hidden?: readonly string[];
  /** Whether commands in the sandbox cannot create user namespaces. */
  readonly forbidsUserNamespaces?: boolean;
}

/** Limits of one instance, set with `ulimit`; `undefined` leaves the limit of the engine itself. */
export interface ProcessLimits {
  readonly cpuSeconds: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly fileBytes: number | undefined;
  readonly openFiles: number | undefined;
  readonly processes: number | undefined;
  /** Of all running instances together; not set with `ulimit`. */
  readonly diskBytes?: number | undefined;
}

/** The account's quotas, as the service documents them. */
export interface Quotas {
  readonly jobs: number;
  readonly taskTemplates: number;
  readonly computeEnvs: number;
  readonly computeNodesPerEnv: number;
  readonly cpuCores: number;
  /** The engine's own: the maximum number of instances of one task. */
  readonly taskInstances: number;
}

export interface EngineSettings {
  /** What runs the jobs: processes of this machine, or a Slurm cluster. */
  readonly backend: 'local' | 'slurm';
  /** Holds the database, and everything else that only the engine reads. */
  readonly dataDir: string;
  /** Holds the files of jobs: the data directory, or the directory that the nodes of a cluster share. */
  readonly filesDir: string;
  /** The directory that `cos://`, `cfs://` and `nfs://` paths refer to. */
  readonly storageDir: string;
  /** How many instances run at a time. */
  readonly slots: number;
  readonly sandbox: SandboxVerdict;
  /** Size limit of one stream's log file; beyond it, only head and tail are stored. */
  readonly maxLogBytes: number;
  readonly limits: ProcessLimits;
  readonly rateLimit: 'off' | 'cn' | 'intl';
  /** Milliseconds without work and without calls after which the engine stops; `undefined`: never. */
  readonly idleExitMs: number | undefined;
  /** Milliseconds after which a job that has not started has an event; `undefined`: never. */
  readonly longWaitMs: number | undefined;
  readonly quotas: Quotas;
  /** This machine, as compute nodes show it. */
  readonly machine: { readonly cpu: number; readonly memoryGiB: number };
  /** The variables a command may inherit; already filtered, holds no secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Time between SIGTERM and SIGKILL. */
  readonly killGraceMs: number;
  /** The container program, found at start; `undefined`: Docker jobs are refused. */
  readonly docker: string | undefined;
  /** Ports of this machine that packages may be downloaded from. */
  readonly packagePorts: readonly number[];
  /** Zones that are not open; set by injected faults only. */
  readonly zoneConditions: Readonly<Record<string, ZoneCondition>>;
  /** Random id of this data directory; marks the processes that belong to it. */
  readonly engineId: string;
}

/** What the operator gives jobs on a cluster. Each member but `options` is the option of `sbatch` of that name. */
export interface SlurmResources {
  readonly partition?: string | undefined;
  readonly account?: string | undefined;
  readonly qos?: string | undefined;
  readonly constraint?: string | undefined;
  readonly reservation?: string | undefined;
  /** More options of `sbatch`, as its arguments. */
  readonly options?: readonly string[] | undefined;
}

/** The operator's table: what all jobs get, and what some get in addition or instead. No call can change it. */
export interface SlurmTable {
  readonly defaults?: SlurmResources | undefined;
  /** By InstanceType. */
  readonly instanceTypes?: Readonly<Record<string, SlurmResources>> | undefined;
  /** By EnvId, or name, of a compute environment. */
  readonly environments?: Readonly<Record<string, SlurmResources>> | undefined;
}

/** Settings with optional members. */
export type SettingsInput = Pick<EngineSettings, 'dataDir' | 'engineId'> & Partial<EngineSettings>;

const gibibyte = 1024 ** 3;

/** The documented quotas of one user. */
const documentedQuotas: Quotas = {
  jobs: 1000,
  taskTemplates: 50,
  computeEnvs: 10,
  computeNodesPerEnv: 2000,
  cpuCores: 1000,
  taskInstances: 200_000,
};

/**
 * Adds the defaults.
 * @param input `machine` and `slots` are measured by the caller: this function does not read the machine
 * @returns the settings, frozen; the default sandbox is `refuse`
 */
export const createSettings = (input: SettingsInput): EngineSettings =>
  Object.freeze({
    backend: 'local',
    filesDir: input.dataDir,
    storageDir: `${input.filesDir ?? input.dataDir}/storage`,
    slots: 1,
    sandbox: {
      mode: 'refuse',
      reason:
        'no sandbox was chosen; start the engine with `--sandbox none` to run commands as plain processes',
      network: false,
      prefix: [],
    },
    // 64 MiB holds any log that is read by a person, and two streams of 100 instances still fit on a small disk.
    maxLogBytes: 64 * 1024 ** 2,
    limits: {
      cpuSeconds: undefined,
      memoryBytes: undefined,
      // A runaway `cat /dev/zero > f` must not fill the disk unnoticed.
      fileBytes: 10 * gibibyte,
      openFiles: 4096,
      processes: undefined,
    },
    rateLimit: 'off',
    idleExitMs: undefined,
    longWaitMs: undefined,
    quotas: documentedQuotas,
    machine: { cpu: 1, memoryGiB: 1 },
    environment: {},
    // Long enough to write a checkpoint, short enough for a user who waits.
    killGraceMs: 5000,
    docker: undefined,
    packagePorts: [],
    zoneConditions: {},
    ...input,
  } satisfies EngineSettings);
