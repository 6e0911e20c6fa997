/** The options of the local engine: for an engine in this process, and as the arguments of one that is started. */

import { resolve } from 'node:path';
import { notifySecretVariable } from '../../notify/secret-variable.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Config } from '../config.ts';
import { variableOf } from '../option.ts';

/** More commands at a time than any one machine runs well. */
const maxLocalSlots = 256;

/** @throws ConfigError if options of this machine and of a cluster do not fit together */
export const checkBackendOptions = ({ backend, explicit, slots, workDir }: Config): void => {
  if (backend === 'slurm') {
    if (workDir === undefined)
      throw new ConfigError(
        `${explicit.get('backend')} slurm needs --work-dir DIR: a directory that all nodes of the cluster share.`,
      );
    return;
  }
  const source = explicit.get('workDir') ?? explicit.get('slurmOptions');
  if (source !== undefined) throw new ConfigError(`${source} is for --backend slurm only.`);
  if ((slots ?? 0) > maxLocalSlots)
    throw new ConfigError(
      `${explicit.get('slots')} must be at most ${maxLocalSlots}, except with --backend slurm.`,
    );
};

/** The engine's options from the configuration. */
export const engineOptionsOf = (config: Config) => ({
  dataDir: config.dataDir,
  backend: config.backend,
  ...(config.workDir !== undefined && { workDir: resolve(config.workDir) }),
  port: config.port,
  sandbox: config.sandbox,
  sandboxNet: config.sandboxNet,
  docker: config.docker,
  maxLogBytes: config.maxLogBytes,
  rateLimit: config.noRateLimit ? ('off' as const) : (config.rateLimit ?? ('off' as const)),
  limits: limitsOf(config.limits),
  packagePorts: config.packagePorts.map(Number),
  longWaitMs: config.notifyWait * 1000,
  ...(config.slots !== undefined && { slots: config.slots }),
  // In the foreground the engine runs until it is stopped, unless the option was given explicitly.
  ...(config.explicit.has('idleExit') && { idleExitMs: config.idleExit * 1000 }),
});

const mebibyte = 1024 ** 2;

/** `['cpu=3600', 'memory=2048']`, which the configuration has checked, as the engine's limits. */
export const limitsOf = (items: readonly string[]) => {
  const limits = new Map(items.map((item) => item.split('=')).map(([name, value]) => [name, Number(value)]));
  const bytesOf = (name: string, fallback?: number) => {
    const value = limits.get(name);
    return value === undefined ? fallback : value * mebibyte;
  };
  return {
    cpuSeconds: limits.get('cpu'),
    memoryBytes: bytesOf('memory'),
    // A runaway command must not fill the disk unnoticed.
    fileBytes: bytesOf('file', 10_240 * mebibyte),
    openFiles: limits.get('files') ?? 4096,
    processes: limits.get('processes'),
    diskBytes: bytesOf('disk'),
  };
};

/** The arguments of an engine started for this configuration. */
export const engineArgumentsOf = (config: Config): readonly string[] => [
  'engine',
  `--data-dir=${config.dataDir}`,
  `--sandbox=${config.sandbox}`,
  ...(config.backend === 'local' ? [] : [`--backend=${config.backend}`]),
  ...(config.workDir === undefined ? [] : [`--work-dir=${resolve(config.workDir)}`]),
  ...(config.slurmOptions === undefined ? [] : [`--slurm-options=${resolve(config.slurmOptions)}`]),
  `--idle-exit=${config.idleExit}`,
  `--max-log-bytes=${config.maxLogBytes}`,
  `--notify-wait=${config.notifyWait}`,
  ...(config.notify === undefined || config.ca === undefined ? [] : [`--ca=${config.ca}`]),
  ...(config.sandboxNet ? ['--sandbox-net'] : []),
  ...(config.docker ? ['--docker'] : []),
  ...(config.slots === undefined ? [] : [`--slots=${config.slots}`]),
  ...(config.limits.length === 0 ? [] : [`--limits=${config.limits.join(',')}`]),
  ...(config.packagePorts.length === 0 ? [] : [`--package-ports=${config.packagePorts.join(',')}`]),
  ...(config.rateLimit === undefined || config.noRateLimit ? [] : [`--rate-limit=${config.rateLimit}`]),
  ...(config.faults === undefined ? [] : [`--faults=${config.faults}`]),
];

/** Where programs of a desktop show something, and how a webhook is reached. */
const noticeVariables = [
  notifySecretVariable,
  ...['DISPLAY', 'WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'USER'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

/**
 * The variables of an engine that sends notices. Its command is one of them, because other users can read the arguments of
 * a process; none of them is passed on to a job.
 */
export const noticeVariablesOf = ({ notify, environment }: Config): Readonly<Record<string, string>> =>
  notify === undefined
    ? {}
    : {
        ...Object.fromEntries(
          noticeVariables.flatMap((name) => {
            const value = environment[name];
            return value === undefined ? [] : [[name, value]];
          }),
        ),
        [variableOf('notify')]: notify,
      };
