/** `batch-mcp call`, `read` and `tools`: makes one call, read or list and prints the result as JSON. */
import type { Fields } from '../../mcp/contract/tool.ts';
import { ConfigError } from '../../shared/errors.ts';
import { suggestionFor } from '../suggestion.ts';
import type { Command } from './command.ts';
import { withToolService } from './with-tool-service.ts';

export const call: Command = async (config, terminal) => {
  const [name, json = '{}', ...more] = config.rest;
  if (name === undefined || more.length > 0) throw new ConfigError("Usage: batch-mcp call TOOL 'JSON'");
  const args = argumentsOf(json);
  return withToolService(config, terminal, 'batch-mcp call', async (toolService, caller) => {
    if (!(await toolService.has(name))) {
      const names = (await toolService.list()).map((tool) => tool.name);
      throw new ConfigError(`There is no tool '${name}'.${suggestionFor(name, names)} See batch-mcp tools.`);
    }
    const outcome = await toolService.call(name, args, caller);
    // The process exits after this call, so it cannot take a second round.
    if (outcome.kind === 'ask') throw new Error('The gate asked for a second round.');
    terminal.print(JSON.stringify(outcome.answer.structuredContent, null, 2));
    const isPreview = outcome.reason === 'preview' || outcome.reason === 'target_changed';
    return outcome.answer.isError || isPreview ? 1 : 0;
  });
};

export const read: Command = async (config, terminal) => {
  const [uri, ...more] = config.rest;
  if (uri === undefined || more.length > 0) throw new ConfigError('Usage: batch-mcp read URI');
  return withToolService(config, terminal, 'batch-mcp call', async (toolService, caller) => {
    const content = await toolService.read(uri, caller);
    if (content === undefined) {
      terminal.printError(`There is no resource ${uri}.`);
      return 1;
    }
    if ('error' in content) {
      terminal.printError(content.error);
      return 1;
    }
    const { ttlMs: _, ...shown } = content;
    terminal.print(JSON.stringify(shown, null, 2));
    return 0;
  });
};

export const tools: Command = async (config, terminal) =>
  withToolService(config, terminal, 'batch-mcp call', async (toolService) => {
    terminal.print(JSON.stringify(await toolService.list(), null, 2));
    return 0;
  });

/** @throws ConfigError with the position of a syntax error */
const argumentsOf = (json: string): Fields => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new ConfigError(
      `The arguments are not valid JSON: ${error instanceof Error ? error.message : String(error)}. Put them in single quotes: '{"JobId":"job-1a2b3c4d"}'.`,
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ConfigError('The arguments must be a JSON object, such as {"JobId":"job-1a2b3c4d"}.');
  }
  // The keys of a JSON object are strings.
  return parsed as Fields;
};
