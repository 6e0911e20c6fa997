/** The tool service for the time of one command. */
import { createInterface } from 'node:readline/promises';
import type { Caller, Elicitor } from '../../mcp/contract/caller.ts';
import type { ToolService } from '../../mcp/tool-service.ts';
import { ConfigError } from '../../shared/errors.ts';
import { createLog } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import type { Terminal } from './command.ts';
import { openToolService } from './open-tool-service.ts';

// Long enough to close connections in order, too short to be noticed.
const lingerMs = 300;

/**
 * Creates a tool service, uses it, and closes it. Ctrl-C cancels the call.
 * @param name of the caller, for the audit
 */
export const withToolService = async (
  config: Config,
  terminal: Terminal,
  name: string,
  use: (toolService: ToolService, caller: Caller) => Promise<number>,
): Promise<number> => {
  const log = createLog(config.logLevel);
  const { toolService, problems } = await openToolService(config, log, terminal.program);
  for (const problem of problems) terminal.printError(`batch-mcp: ${problem}`);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new ConfigError('Interrupted.')));
  const elicitor = terminal.isInteractive ? createTerminalElicitor(terminal) : undefined;
  try {
    return await use(toolService, {
      name,
      signal: interrupted.signal,
      ...(elicitor && { elicitor }),
      progress: (done, total, message) =>
        log.info(`${done}${total === undefined ? '' : `/${total}`} ${message}`),
    });
  } finally {
    await toolService.close();
    // A library may still hold a timer of a failed call, which must not delay the exit.
    await terminal.flush();
    terminal.endWithin(lingerMs);
  }
};

/** Asks the user at the terminal. Without a terminal, the gate returns a preview instead. */
const createTerminalElicitor = (terminal: Terminal): Elicitor => ({
  kind: 'inline',
  elicit: async ({ message, confirmationText }, signal) => {
    const lines = createInterface({ input: terminal.input, output: process.stderr });
    try {
      terminal.printError(message);
      return {
        action: 'accept',
        typedText: await lines.question(`Type ${confirmationText} to continue, anything else to stop: `, {
          signal,
        }),
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { action: 'failed', cause: 'error', message: reason };
    } finally {
      lines.close();
    }
  },
});
