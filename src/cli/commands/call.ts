/** `batch-mcp call`, `read` and `tools`: one call, read or list, printed as JSON. */
import { createInterface } from 'node:readline/promises';
import type { Caller, Elicitor } from '../../mcp/contract/caller.ts';
import type { Fields } from '../../mcp/contract/tool.ts';
import type { ToolService } from '../../mcp/tool-service.ts';
import { ConfigError } from '../../shared/errors.ts';
import { createLog } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { suggestionFor } from '../config.ts';
import type { Command, Terminal } from './command.ts';
import { openToolService } from './open-tool-service.ts';

export const call: Command = async (config, terminal) => {
  const [name, json = '{}', ...more] = config.rest;
  if (name === undefined || more.length > 0) throw new ConfigError("It is: batch-mcp call TOOL 'JSON'");
  const args = argumentsOf(json);
  return withToolbox(config, terminal, async (toolbox, caller) => {
    if (!(await toolbox.has(name))) {
      const names = (await toolbox.list()).map((tool) => tool.name);
      throw new ConfigError(`There is no tool '${name}'.${suggestionFor(name, names)} See batch-mcp tools.`);
    }
    const outcome = await toolbox.call(name, args, caller);
    // One process makes one call, so a question that comes back in a second round has nobody to come back to.
    if (outcome.kind === 'ask') throw new Error('The gate asked for a second round.');
    terminal.print(JSON.stringify(outcome.answer.structuredContent, null, 2));
    const isPreview = outcome.how === 'preview' || outcome.how === 'target_changed';
    return outcome.answer.isError || isPreview ? 1 : 0;
  });
};

export const read: Command = async (config, terminal) => {
  const [uri, ...more] = config.rest;
  if (uri === undefined || more.length > 0) throw new ConfigError('It is: batch-mcp read URI');
  return withToolbox(config, terminal, async (toolbox, caller) => {
    const content = await toolbox.read(uri, caller);
    if (content === undefined) {
      terminal.printError(`There is no resource ${uri}.`);
      return 1;
    }
    const { ttlMs: _, ...shown } = content;
    terminal.print(JSON.stringify(shown, null, 2));
    return 0;
  });
};

export const tools: Command = async (config, terminal) =>
  withToolbox(config, terminal, async (toolbox) => {
    terminal.print(JSON.stringify(await toolbox.list(), null, 2));
    return 0;
  });

// Long enough for connections to be closed in order, too short for a person to notice.
const lingerMs = 300;

/** Makes a toolbox for one use, ended by Ctrl-C like any program. */
const withToolbox = async (
  config: Config,
  terminal: Terminal,
  use: (toolbox: ToolService, caller: Caller) => Promise<number>,
): Promise<number> => {
  const log = createLog(config.logLevel);
  const { toolService: toolbox } = await openToolService(config, log, terminal.program);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new ConfigError('Interrupted.')));
  const asker = terminal.isInteractive ? askerOf(terminal) : undefined;
  try {
    return await use(toolbox, {
      name: 'batch-mcp call',
      signal: interrupted.signal,
      ...(asker && { asker }),
      progress: (done, total, message) =>
        log.info(`${done}${total === undefined ? '' : `/${total}`} ${message}`),
    });
  } finally {
    await toolbox.close();
    // A library may still hold a timer of a call that has failed; nobody waits for that.
    await terminal.flush();
    terminal.endWithin(lingerMs);
  }
};

/** Asks the person at the terminal. Without a terminal nobody is asked, and the gate answers with a preview. */
const askerOf = (terminal: Terminal): Elicitor => ({
  kind: 'direct',
  ask: async ({ message, typed }, signal) => {
    const lines = createInterface({ input: terminal.input, output: process.stderr });
    try {
      terminal.printError(message);
      return {
        action: 'accept',
        id: await lines.question(`Type ${typed} to go on, anything else to stop: `, { signal }),
      };
    } catch (error) {
      return { action: 'failed', why: error instanceof Error ? error.message : String(error) };
    } finally {
      lines.close();
    }
  },
});

/** @throws ConfigError that says where the JSON is broken */
const argumentsOf = (json: string): Fields => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new ConfigError(
      `The arguments are not JSON: ${error instanceof Error ? error.message : String(error)}. Put them in single quotes: '{"JobId":"job-1a2b3c4d"}'.`,
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ConfigError('The arguments have to be a JSON object, like {"JobId":"job-1a2b3c4d"}.');
  }
  // JSON objects have text keys.
  return parsed as Fields;
};
