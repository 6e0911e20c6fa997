/** The toolbox as this configuration wants it. */
import { randomBytes } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { ToolboxOptions } from '../mcp/toolbox.ts';
import type { Target } from './target.ts';

export const toolboxOptionsOf = (config: Config, target: Target, _log: Log): ToolboxOptions => ({
  connect: target.connect,
  identityOf: target.identityOf,
  confirm: config.confirm,
  readOnly: config.readOnly,
  tools: config.tools,
  dataDir: config.dataDir,
  auditFile: config.auditFile,
  environment: { allowed: config.allowEnv, read: (name) => config.environment[name] },
  schemas: config.schemas,
  now: Date.now,
  random: randomBytes,
});
