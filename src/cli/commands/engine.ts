/** `batch-mcp engine`: runs the local engine in the foreground, shows its status, stops it, or accesses its storage. */
import { once } from 'node:events';
import { ConfigError } from '../../shared/errors.ts';
import { createLog } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import type { Command, Terminal } from './command.ts';

export const engine: Command = async (config, terminal) => {
  const [verb, ...rest] = config.rest;
  switch (verb) {
    case undefined:
      return run(config, terminal);
    case 'status':
      return showStatus(config, terminal);
    case 'stop':
      return stopRunning(config, terminal);
    case 'files':
      return (await import('./engine-files.ts')).files(config, terminal, rest);
    default:
      throw new ConfigError(
        `There is no command 'engine ${verb}'. Usage: batch-mcp engine [status | stop | files ls|put|get]`,
      );
  }
};

const run = async (config: Config, terminal: Terminal): Promise<number> => {
  const { closeInheritedDescriptors } = await import('../../engine/daemon/inherited-descriptors.ts');
  // Before anything else is opened: commands would inherit them.
  closeInheritedDescriptors();
  const { startEngine } = await import('../../engine/index.ts');
  const { readFaultPlan } = await import('../../engine/faults/fault-plan.ts');
  const log = createLog(config.logLevel);
  let hasStopped = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    hasStopped = resolve;
  });
  const running = await startEngine({
    ...engineOptionsOf(config),
    ...(config.faults !== undefined && { faults: readFaultPlan(config.faults) }),
    environment: config.environment,
    log,
    onStopped: (why) => {
      log.info(why === 'idle' ? 'The engine was idle and exits.' : 'The engine was asked to stop.');
      hasStopped();
    },
  });
  const { endpoint, secretId, secretKey, dataDir, storageDir, sandbox, sandboxReason } = running;
  if (sandbox !== 'bwrap') log.warn(sandboxReason);
  if (process.getuid?.() === 0 && sandbox === 'none')
    log.warn('The engine runs as root, and so does every command it starts. Use a dedicated user instead.');
  // One line on stdout tells a script that the engine is ready, and where.
  terminal.print(JSON.stringify({ endpoint, secretId, secretKey, dataDir, storageDir, sandbox }));
  await Promise.race([stopped, once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')]);
  await running.stop();
  return 0;
};

/** The engine's options from the configuration. */
const engineOptionsOf = (config: Config) => ({
  dataDir: config.dataDir,
  port: config.port,
  sandbox: config.sandbox,
  sandboxNet: config.sandboxNet,
  docker: config.docker,
  packagePorts: packagePortsOf(config.packagePorts),
  maxLogBytes: config.maxLogBytes,
  rateLimit: config.noRateLimit ? ('off' as const) : (config.rateLimit ?? ('off' as const)),
  limits: limitsOf(config.limits),
  ...(config.slots !== undefined && { slots: config.slots }),
  // In the foreground the engine runs until it is stopped, unless the option was given explicitly.
  ...(config.explicit.has('idleExit') && { idleExitMs: config.idleExit * 1000 }),
});

/** @throws ConfigError for what is not a port */
export const packagePortsOf = (words: readonly string[]): readonly number[] =>
  words.map((word) => {
    const port = Number(word);
    if (/^\d+$/.test(word) && port >= 1 && port <= 65_535) return port;
    throw new ConfigError(`--package-ports has '${word}'; it must be a list of ports, 1 to 65535.`);
  });

const mebibyte = 1024 ** 2;

/** `['cpu=3600', 'memory=2048']` as the engine's limits. @throws ConfigError for an unknown name or value */
export const limitsOf = (words: readonly string[]) => {
  const limits = new Map<string, number>();
  for (const word of words) {
    const [name = '', text = ''] = word.split('=');
    const value = Number(text);
    if (
      !['cpu', 'memory', 'file', 'files', 'processes', 'disk'].includes(name) ||
      !Number.isInteger(value) ||
      value < 1
    ) {
      throw new ConfigError(
        `--limits has '${word}'; it must be a list of cpu=SECONDS, memory=MIB, file=MIB, files=N, processes=N, disk=MIB.`,
      );
    }
    limits.set(name, value);
  }
  const bytesOf = (name: string, fallback: number | undefined) => {
    const value = limits.get(name);
    return value === undefined ? fallback : value * mebibyte;
  };
  return {
    cpuSeconds: limits.get('cpu'),
    memoryBytes: bytesOf('memory', undefined),
    // A runaway command must not fill the disk unnoticed.
    fileBytes: bytesOf('file', 10_240 * mebibyte),
    openFiles: limits.get('files') ?? 4096,
    processes: limits.get('processes'),
    diskBytes: bytesOf('disk', undefined),
  };
};

const showStatus = async (config: Config, terminal: Terminal): Promise<number> => {
  const { findEngine } = await import('../../engine/daemon/daemon.ts');
  const found = await findEngine(config.dataDir);
  if (found === undefined) {
    terminal.printError(
      `No engine serves ${config.dataDir}. Start one with batch-mcp engine, or use --local, which starts one on demand.`,
    );
    return 1;
  }
  const { secretKey: _, status, ...address } = found;
  terminal.print(JSON.stringify({ ...address, ...status }, null, 2));
  return 0;
};

const stopRunning = async (config: Config, terminal: Terminal): Promise<number> => {
  const { stopEngine } = await import('../../engine/daemon/daemon.ts');
  const wasRunning = await stopEngine(config.dataDir);
  terminal.printError(
    wasRunning
      ? `The engine of ${config.dataDir} has stopped. Running instances continue; the next engine takes them over.`
      : `No engine serves ${config.dataDir}.`,
  );
  return wasRunning ? 0 : 1;
};
