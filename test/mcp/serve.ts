/** A server to be started by tests: the real one, over real pipes, against the endpoint that the test names. */
import { randomBytes } from 'node:crypto';
import { createCloudTarget } from '../../src/commands/cloud-client.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startMcp } from '../../src/mcp/start.ts';
import type { ServeSettings } from './harness.ts';

const settings = JSON.parse(process.argv[2] ?? '') as ServeSettings;
const log = createLog('warn');
const config = loadConfig(
  [
    '--region',
    'ap-guangzhou',
    '--data-dir',
    settings.dataDir,
    ...(settings.endpoint === undefined ? [] : ['--endpoint', settings.endpoint]),
  ],
  {
    HOME: settings.dataDir,
    TENCENTCLOUD_SECRET_ID: settings.secretId,
    TENCENTCLOUD_SECRET_KEY: settings.secretKey,
  },
);
const target = createCloudTarget(config, log);

const server = startMcp({
  version: '0.0.0-test',
  ...target,
  confirm: settings.confirm ?? 'ask-or-flag',
  readOnly: settings.readOnly ?? false,
  tools: settings.tools ?? [],
  schemas: settings.schemas ?? 'compact',
  dataDir: config.dataDir,
  auditFile: settings.auditFile,
  environment: { allowed: settings.allowEnv ?? [], read: (name) => process.env[name] },
  now: Date.now,
  random: randomBytes,
  log,
  formTimeoutMs: settings.formTimeoutMs ?? 300_000,
});
await server.ended;
