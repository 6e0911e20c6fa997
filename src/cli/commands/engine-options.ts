/** The options of the local engine: for an engine in this process, and as the arguments of one that is started. */
import type { Config } from '../config.ts';

/** The engine's options from the configuration. */
export const engineOptionsOf = (config: Config) => ({
  dataDir: config.dataDir,
  port: config.port,
  sandbox: config.sandbox,
  sandboxNet: config.sandboxNet,
  docker: config.docker,
  maxLogBytes: config.maxLogBytes,
  rateLimit: config.noRateLimit ? ('off' as const) : (config.rateLimit ?? ('off' as const)),
  limits: limitsOf(config.limits),
  packagePorts: config.packagePorts.map(Number),
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
  `--idle-exit=${config.idleExit}`,
  `--max-log-bytes=${config.maxLogBytes}`,
  ...(config.sandboxNet ? ['--sandbox-net'] : []),
  ...(config.docker ? ['--docker'] : []),
  ...(config.slots === undefined ? [] : [`--slots=${config.slots}`]),
  ...(config.limits.length === 0 ? [] : [`--limits=${config.limits.join(',')}`]),
  ...(config.packagePorts.length === 0 ? [] : [`--package-ports=${config.packagePorts.join(',')}`]),
  ...(config.rateLimit === undefined || config.noRateLimit ? [] : [`--rate-limit=${config.rateLimit}`]),
  ...(config.faults === undefined ? [] : [`--faults=${config.faults}`]),
];
