/** `batch-mcp`: serves MCP on stdin and stdout until stdin ends. */
import * as z from 'zod';
import { startMcp } from '../../mcp/server/start.ts';
import { createLog } from '../../shared/log.ts';
import { version } from '../../shared/version.ts';
import type { Command } from './command.ts';
import { openToolService } from './open-tool-service.ts';

// Interval of the check for the parent process; together with the shutdown below it stays under a second.
const parentCheckMs = 200;
// A call that cannot be cancelled in this time is abandoned: no process may outlive its client.
const maxEndMs = 700;

export const serve: Command = async (config, terminal) => {
  // Compiling a validator per schema costs more than it saves, since most schemas are used once.
  z.config({ jitless: true });
  const log = createLog(config.logLevel);
  const { confirm, readOnly } = config;
  const notices =
    config.notify === undefined
      ? undefined
      : (await import('./serve-notices.ts')).startNotices(config, log, terminal.program);
  const { problems, ...opened } = await openToolService(config, log, terminal.program);
  for (const problem of problems) terminal.printError(`batch-mcp: ${problem}`);
  const now = () => performance.now();
  const handle = startMcp({
    ...opened,
    input: terminal.input,
    output: terminal.output,
    confirm,
    readOnly,
    version,
    log,
    now,
  });
  const stop = () => void handle.stop();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // stdin's end means the same, but another process may have inherited the pipe and hold it open.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && stop(), parentCheckMs).unref();
  await handle.ended;
  notices?.abort();
  clearInterval(watch);
  terminal.endWithin(maxEndMs);
  return 0;
};
