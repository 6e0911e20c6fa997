/** How this configuration's calls are made: how fast, how long, and a thing once. */
import type { BatchClientOptions } from '../client/batch-client.ts';
import { createShared } from '../client/shared.ts';
import type { Config } from '../config.ts';
import { version } from '../version.ts';

export const callRulesOf = (
  config: Config,
): Pick<BatchClientOptions, 'shared' | 'rates' | 'version' | 'timeoutMs'> => ({
  shared: createShared(config.dataDir),
  rates: { rateLimit: config.rateLimit, noRateLimit: config.noRateLimit },
  version,
  timeoutMs: config.timeout * 1000,
});
