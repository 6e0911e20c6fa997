/** `batch-mcp notify`: watches the jobs of the configured accounts and sends notices, in the foreground. */
import { notifySecretVariable } from '../../notify/secret-variable.ts';
import { ConfigError } from '../../shared/errors.ts';
import { createLog } from '../../shared/log.ts';
import { accountTargetsOf, followAccounts, notifyOnce } from './account-notices.ts';
import type { Command } from './command.ts';
import { programProblemOf, receiverOf, receiverTextOf } from './notice-delivery.ts';

/** A connection that is still open must not delay the exit. */
const lingerMs = 300;

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const notify: Command = async (config, terminal) => {
  if (config.local) {
    throw new ConfigError(
      'The local engine sends its own notices: start it, or a server with --local, with --notify.',
    );
  }
  if (config.notify === undefined) {
    throw new ConfigError(
      'batch-mcp notify needs --notify: a program, such as --notify /usr/local/bin/on-job, or the address of a webhook. See docs/notifications.md.',
    );
  }
  const problem = config.problems.find(({ option }) => option === 'dataDir');
  if (problem !== undefined) throw new ConfigError(problem.message);
  for (const { message } of config.problems) terminal.printError(`batch-mcp: ${message}`);
  const receiver = receiverOf(config);
  const missing = programProblemOf(receiver, config);
  // The first event may be days away.
  if (missing !== undefined) throw new ConfigError(`${capitalized(missing)}. Nothing was sent.`);
  const log = createLog(config.logLevel, () => [config.environment[notifySecretVariable]]);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupted.abort());
  try {
    const targets = await accountTargetsOf(config, log, terminal.program);
    if (targets.length === 0) {
      throw new ConfigError(
        `Every profile of ${config.config} uses the local engine, which sends its own notices: give --notify to the server or to batch-mcp engine.`,
      );
    }
    if (!config.once) {
      const say = (text: string): void => terminal.printError(`batch-mcp: ${text}`);
      say(`watches the jobs of ${targets.map(({ where }) => where).join('; ')}`);
      say(`notices go to ${receiverTextOf(receiver)}; Ctrl-C ends this`);
      await followAccounts(targets, config, log, interrupted.signal, say);
      return 0;
    }
    const problems = await notifyOnce(targets, config, log, interrupted.signal);
    for (const text of problems ?? [`Another program sends the notices of ${config.dataDir}.`])
      terminal.printError(`batch-mcp: ${text}`);
    return problems === undefined || problems.length === 0 ? 0 : 1;
  } finally {
    terminal.endWithin(lingerMs);
  }
};
