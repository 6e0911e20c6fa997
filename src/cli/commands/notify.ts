/** `batch-mcp notify`: watches the jobs of the configured accounts and sends notices, in the foreground. */
import { notifySecretVariable } from '../../notify/secret-variable.ts';
import { ConfigError } from '../../shared/errors.ts';
import { createLog } from '../../shared/log.ts';
import { followAccounts, notifyOnce } from './account-notices.ts';
import type { Command } from './command.ts';

/** A connection that is still open must not delay the exit. */
const lingerMs = 300;

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
  const log = createLog(config.logLevel, () => [config.environment[notifySecretVariable]]);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupted.abort());
  try {
    if (!config.once) {
      await followAccounts(config, log, terminal.program, interrupted.signal);
      return 0;
    }
    const problems = await notifyOnce(config, log, terminal.program, interrupted.signal);
    for (const text of problems ?? [`Another program sends the notices of ${config.dataDir}.`])
      terminal.printError(`batch-mcp: ${text}`);
    return problems === undefined || problems.length === 0 ? 0 : 1;
  } finally {
    terminal.endWithin(lingerMs);
  }
};
