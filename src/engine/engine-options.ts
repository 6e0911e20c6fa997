/** The options of an engine, and the settings that follow from them and from the machine. */
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { EventQueue, EventSender } from '../shared/job-event.ts';
import type { Log } from '../shared/log.ts';
import type { FaultPlan } from './faults/fault-plan.ts';
import type { RequestRecord } from './http/wire.ts';
import { findDocker } from './runner/processes/container.ts';
import { decideSandbox, type SandboxMode } from './runner/processes/sandbox.ts';
import type { SlurmTimings } from './runner/slurm/entry.ts';
import { createSettings, type EngineSettings, type SlurmTable } from './settings.ts';

export interface EngineOptions
  extends Partial<
    Pick<
      EngineSettings,
      | 'storageDir'
      | 'slots'
      | 'maxLogBytes'
      | 'limits'
      | 'rateLimit'
      | 'idleExitMs'
      | 'longWaitMs'
      | 'killGraceMs'
      | 'quotas'
      | 'packagePorts'
    >
  > {
  readonly dataDir: string;
  /** What runs the jobs; default `local`. */
  readonly backend?: EngineSettings['backend'];
  /** The directory that this machine and all nodes of the cluster share; for `slurm` only. */
  readonly workDir?: string | undefined;
  readonly slurm?: SlurmEngineOptions;
  /** 0, the default, lets the system choose a free port. */
  readonly port?: number;
  /** How commands are isolated; default `auto`. */
  readonly sandbox?: SandboxMode;
  readonly sandboxNet?: boolean;
  /** Whether containers may be run where docker or podman is found. */
  readonly docker?: boolean;
  /** The variables of the caller; commands inherit the harmless ones. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly log?: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds of a clock that only goes forward; durations are measured by it. */
  readonly monotonic?: () => number;
  /** Faults to inject, so that clients can be tested. */
  readonly faults?: FaultPlan;
  /** Starts to send the events of jobs. */
  readonly startSender?: (queue: EventQueue) => EventSender;
  /** Called with every answered request. */
  readonly onRequest?: (record: RequestRecord) => void;
  /** Called after the engine has stopped on request or because it was idle. */
  readonly onStopped?: (reason: 'asked' | 'idle') => void;
}

export interface SlurmEngineOptions {
  readonly table?: SlurmTable | undefined;
  /** Default: what suits a cluster that others use, too. */
  readonly timings?: Partial<SlurmTimings>;
  /** How long the probe job may wait and run at the start. */
  readonly probeTimeoutMs?: number;
}

/** Instances that an engine has in the queue of a cluster at a time, so that its scheduler always has a choice. */
const defaultClusterSlots = 1000;

/** The settings of an engine. Reads the machine: its processors, memory, sandbox and container program. */
export const settingsOf = (
  options: EngineOptions,
  { dataDir, filesDir }: Pick<EngineSettings, 'dataDir' | 'filesDir'>,
  engineId: string,
): EngineSettings => {
  const { environment = {}, sandboxNet = false, backend = 'local' } = options;
  return createSettings({
    backend,
    storageDir: join(filesDir, 'storage'),
    slots: backend === 'slurm' ? defaultClusterSlots : cpus().length || 1,
    machine: { cpu: cpus().length || 1, memoryGiB: Math.max(1, Math.round(totalmem() / 1024 ** 3)) },
    ...givenSettingsOf(options),
    environment: inheritedFrom(environment),
    docker: options.docker === true && backend === 'local' ? findDocker(environment.PATH) : undefined,
    zoneConditions: options.faults?.zones ?? {},
    engineId,
    dataDir,
    filesDir,
    sandbox: decideSandbox(options.sandbox ?? 'auto', sandboxNet, {
      dataDir: filesDir,
      ...(options.storageDir !== undefined && { storageDir: options.storageDir }),
      engineId,
      path: environment.PATH,
      platform: process.platform,
    }),
  });
};

/** Without members that are `undefined`, which would hide the defaults. */
const givenSettingsOf = (options: EngineOptions): Partial<EngineSettings> => {
  const names = [
    'storageDir',
    'slots',
    'maxLogBytes',
    'limits',
    'rateLimit',
    'idleExitMs',
    'longWaitMs',
    'killGraceMs',
    'quotas',
    'packagePorts',
  ] as const;
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
};

/** What a command may inherit: where programs are, and how text and time are written. Nothing that could be a secret. */
const inheritedVariables = [
  'PATH',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'SystemRoot',
  'ComSpec',
  'PATHEXT',
];

const inheritedFrom = (all: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    inheritedVariables.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  );
