/** `batch-mcp engine`: runs the local engine in the foreground, shows its status, stops it, or accesses its storage. */
import { once } from 'node:events';
import { wait } from '../../mcp/contract/wait.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { EventQueue, EventSender } from '../../shared/job-event.ts';
import { createLog, type Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { options } from '../options.ts';
import type { Command, Terminal } from './command.ts';
import { checkBackendOptions, engineOptionsOf } from './engine-options.ts';

export const engine: Command = async (config, terminal) => {
  const [verb, ...rest] = config.rest;
  const problem = config.problems.find(
    ({ option }) => option === 'dataDir' || (option !== undefined && options[option].group === 'engine'),
  );
  if (problem !== undefined) throw new ConfigError(problem.message);
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
  checkBackendOptions(config);
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
    ...(config.slurmOptions !== undefined && { slurm: { table: await slurmTableOf(config.slurmOptions) } }),
    ...(config.faults !== undefined && { faults: readFaultPlan(config.faults) }),
    ...(config.notify !== undefined && { startSender: await senderOf(config, log) }),
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

/** How often the engine's own log is checked for events: one query of an index. */
const senderCheckMs = 500;

const senderOf = async (config: Config, log: Log): Promise<(queue: EventQueue) => EventSender> => {
  const [{ createDeliver }, { startSender }] = await Promise.all([
    import('./notice-delivery.ts'),
    import('../../notify/sender.ts'),
  ]);
  const deliver = createDeliver(config, log);
  return (queue) => startSender({ queue, deliver, log, now: Date.now, wait, checkMs: senderCheckMs });
};

/** The code is loaded only for an engine with a cluster. */
const slurmTableOf = async (file: string) => (await import('../slurm-table.ts')).readSlurmTable(file);

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
