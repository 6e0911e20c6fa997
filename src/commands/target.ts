/** Where calls go: the cloud, another address, or the local engine. */
import type { BatchClient } from '../client/batch-client.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createCloudTarget } from './cloud-client.ts';
import { createLocalTarget } from './local-client.ts';

export interface Target {
  /** For people and models. */
  readonly where: string;
  /** Region of calls that name none. */
  readonly region: string | undefined;
  /** Makes the client, when the first call needs it. It may start the local engine. */
  connect(): Promise<BatchClient>;
  /** As whom calls are made, for what a yes is bound to. Never a secret. */
  identityOf(): Promise<{ readonly profile: string; readonly credential: string }>;
}

/**
 * Chooses by the configuration. It never falls back to the local engine by itself: a job meant for the cloud must not
 * run here.
 * @throws ConfigError where the configuration names both
 */
export const createTarget = (config: Config, log: Log, program: string): Target => {
  if (!config.local) return createCloudTarget(config, log);
  if (config.endpoint !== undefined) {
    throw new ConfigError(
      '--local and --endpoint exclude each other: the local engine has an address of its own.',
    );
  }
  return createLocalTarget(config, program);
};
