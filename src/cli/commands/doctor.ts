/** `batch-mcp doctor`: checks everything a call needs and suggests a fix for each problem. */
import { linesOf, runDiagnostics } from '../../client/doctor.ts';
import { createLog } from '../../shared/log.ts';
import { version } from '../../shared/version.ts';
import type { Command } from './command.ts';
import { createTarget } from './target.ts';

export const doctor: Command = async (config, terminal) => {
  const target = createTarget(config, createLog(config.logLevel), terminal.program);
  const parts = await target.connect();
  try {
    terminal.print(`Calls go to ${target.where}.`);
    const checks = await runDiagnostics({ ...parts, region: target.region, version, now: Date.now });
    for (const line of linesOf(checks)) terminal.print(line);
    return checks.some((check) => check.state === 'failed') ? 1 : 0;
  } finally {
    await parts.client.close();
  }
};
