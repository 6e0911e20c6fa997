/** What one running engine was told: read once at start, frozen, and handed to whoever needs it. */
import type { ZoneCondition } from './model/compute-node.ts';

/** How commands are kept apart from the machine; decided once at start. */
export interface SandboxVerdict {
  /** `refuse`: no job may be submitted, `reason` says why and what to do. */
  readonly mode: 'none' | 'bwrap' | 'refuse';
  /** Plain words for the start line and for the refusal. */
  readonly reason: string;
  /** Whether a sandboxed command may reach the network. */
  readonly network: boolean;
}

/** Ceilings for one instance, set with `ulimit`; `undefined` leaves the limit of the engine itself. */
export interface ProcessLimits {
  readonly cpuSeconds: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly fileBytes: number | undefined;
  readonly openFiles: number | undefined;
  readonly processes: number | undefined;
}

/** The account's quotas, as the service documents them. */
export interface Quotas {
  readonly jobs: number;
  readonly taskTemplates: number;
  readonly computeEnvs: number;
  readonly computeNodesPerEnv: number;
  readonly cpuCores: number;
  /** Our own: the most instances of one task. */
  readonly taskInstances: number;
}

export interface EngineSettings {
  /** Everything the engine writes lies below it. */
  readonly dataDir: string;
  /** Where `cos://`, `cfs://` and `nfs://` paths are kept as plain files. */
  readonly storageDir: string;
  /** Instances that run at one time on this machine. */
  readonly slots: number;
  readonly sandbox: SandboxVerdict;
  /** Ceiling of one stream's log file; what lies between head and tail is cut. */
  readonly maxLogBytes: number;
  readonly limits: ProcessLimits;
  readonly rateLimit: 'off' | 'cn' | 'intl';
  /** Milliseconds without work and without calls after which the engine ends; `undefined`: it stays. */
  readonly idleExitMs: number | undefined;
  readonly quotas: Quotas;
  /** This machine, as it is shown as a compute node. */
  readonly machine: { readonly cpu: number; readonly memoryGiB: number };
  /** The variables a command may inherit; already filtered, holds no secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Time between the polite signal and the final one. */
  readonly killGraceMs: number;
  /** The container program that may be used, found at start; `undefined`: Docker jobs are refused. */
  readonly docker: string | undefined;
  /** Zones that behave otherwise than open; set by injected faults only. */
  readonly zoneConditions: Readonly<Record<string, ZoneCondition>>;
  /** Random name of this data directory; marks the processes that belong to it. */
  readonly engineId: string;
}

/** What may be left out when an engine is started. */
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
 * Fills in what was left out.
 * @param input what is known; `machine` and `slots` are measured by the caller, since nothing here reads the machine
 * @returns the whole, frozen; the sandbox is `refuse` unless somebody decided otherwise
 */
export const createSettings = (input: SettingsInput): EngineSettings =>
  Object.freeze({
    storageDir: `${input.dataDir}/storage`,
    slots: 1,
    sandbox: {
      mode: 'refuse',
      reason:
        'no sandbox was chosen; start the engine with `--sandbox none` to run commands as plain processes',
      network: false,
    },
    // 64 MiB holds any log a person reads, and two streams of 100 instances still fit a small disk.
    maxLogBytes: 64 * 1024 ** 2,
    limits: {
      cpuSeconds: undefined,
      memoryBytes: undefined,
      // A runaway `cat /dev/zero > f` must not fill the disk before anybody looks.
      fileBytes: 10 * gibibyte,
      openFiles: 4096,
      processes: undefined,
    },
    rateLimit: 'off',
    idleExitMs: undefined,
    quotas: documentedQuotas,
    machine: { cpu: 1, memoryGiB: 1 },
    environment: {},
    // Long enough to write a checkpoint, short enough for a person who waits.
    killGraceMs: 5000,
    docker: undefined,
    zoneConditions: {},
    ...input,
  } satisfies EngineSettings);
