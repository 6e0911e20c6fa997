/** `batch-mcp`: serves MCP on stdin and stdout until stdin ends. */
import { createLog } from '../log.ts';
import { startMcp } from '../mcp/start.ts';
import { version } from '../version.ts';
import type { Command } from './command.ts';
import { createTarget } from './target.ts';
import { toolboxOptionsOf } from './toolbox.ts';

// A call that cannot be cancelled in this time is given up: a client that has gone must not leave a process behind.
const longestEndMs = 900;

export const serve: Command = async (config, terminal) => {
  const log = createLog(config.logLevel);
  const target = createTarget(config, log, terminal.program);
  const handle = startMcp({
    ...toolboxOptionsOf(config, target),
    version,
    where: target.where,
    region: target.region,
    log,
  });
  const stop = () => void handle.stop();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await handle.ended;
  terminal.endWithin(longestEndMs);
  return 0;
};
