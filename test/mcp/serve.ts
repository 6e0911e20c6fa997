/** Entry point that starts the real server from source with settings that have no command-line option. */
import { openToolService } from '../../src/cli/commands/open-tool-service.ts';
import { loadConfig } from '../../src/cli/config.ts';
import { startMcp } from '../../src/mcp/server/start.ts';
import { createLog } from '../../src/shared/log.ts';
import type { ServeSettings } from './harness.ts';

const {
  endpoint,
  dataDir,
  secretId,
  secretKey,
  formTimeoutMs,
  flags = [],
} = JSON.parse(process.argv[2] ?? '') as ServeSettings;
const log = createLog('warn');
const config = loadConfig(
  [
    ...['--region', 'ap-guangzhou', '--data-dir', dataDir, ...flags],
    ...(endpoint === undefined ? [] : ['--endpoint', endpoint]),
  ],
  {
    ...process.env,
    HOME: dataDir,
    TENCENTCLOUD_SECRET_ID: secretId,
    TENCENTCLOUD_SECRET_KEY: secretKey,
  },
);
const { confirm, readOnly } = config;
const server = startMcp({
  ...(await openToolService(config, log, '')),
  input: process.stdin,
  output: process.stdout,
  confirm,
  readOnly,
  version: '0.0.0-test',
  log,
  now: Date.now,
  ...(formTimeoutMs !== undefined && { formTimeoutMs }),
});
await server.ended;
