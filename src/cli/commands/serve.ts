/** `batch-mcp`: serves MCP on stdin and stdout until stdin ends. */
import * as z from 'zod';
import { startMcp } from '../../mcp/server/start.ts';
import { createLog } from '../../shared/log.ts';
import { version } from '../../shared/version.ts';
import type { Command } from './command.ts';
import { openToolService } from './open-tool-service.ts';

// How often to look whether the parent is still there; with the time to end it stays below a second.
const parentCheckMs = 200;
// A call that cannot be cancelled in this time is given up: a client that has gone must not leave a process behind.
const maxEndMs = 700;

export const serve: Command = async (config, terminal) => {
  // Compiling a parser for a schema costs more than it saves where most schemas are used once.
  z.config({ jitless: true });
  const log = createLog(config.logLevel);
  const { confirm, readOnly } = config;
  const opened = await openToolService(config, log, terminal.program);
  const now = () => performance.now();
  const handle = startMcp({ ...opened, confirm, readOnly, version, log, now });
  const stop = () => void handle.stop();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // The end of stdin says the same, unless another process has inherited the pipe and holds it open.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && stop(), parentCheckMs).unref();
  await handle.ended;
  clearInterval(watch);
  terminal.endWithin(maxEndMs);
  return 0;
};
