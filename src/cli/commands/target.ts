/** Where calls go: the cloud, another endpoint, or the local engine. Credentials and network are loaded by the first call. */
import { endpointOf } from '../../client/endpoints.ts';
import { ConfigError } from '../../shared/errors.ts';
import { lazy } from '../../shared/lazy.ts';
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import type { Connection, ProfileSettings } from './connection.ts';

export interface Target {
  /** Description for users and models. */
  readonly where: string;
  /** Default region. */
  readonly region: string | undefined;
  /** Loads what calls need; returns the same connection every time. */
  connect(): Promise<Connection>;
}

// The engine serves every region, but a request has to name one. This is the first in the vendor's list.
const defaultLocalRegion = 'ap-guangzhou';

/**
 * Selects the target from the configuration. It never falls back to the local engine: a job meant for the cloud must
 * not run on this machine.
 * @throws ConfigError if both --local and --endpoint are given, or if --endpoint is not an address
 */
export const createTarget = (
  config: Config,
  log: Log,
  program: string,
  settings: ProfileSettings = {},
): Target => {
  if (!config.local) {
    const endpoint = endpointOf(config.endpoint, config.site);
    return {
      where: describe(endpoint.name, config.region),
      region: config.region,
      connect: lazy(async () =>
        (await import('./cloud-client.ts')).connectToCloud(config, endpoint, settings, log),
      ),
    };
  }
  if (config.endpoint !== undefined) {
    throw new ConfigError(
      '--local and --endpoint exclude each other: the address of the local engine is determined by its data directory.',
    );
  }
  const region = config.region ?? defaultLocalRegion;
  return {
    where: describe(`the local engine on this machine (jobs run here; sandbox: ${config.sandbox})`, region),
    region,
    connect: lazy(async () =>
      (await import('./local-client.ts')).connectToEngine(config, region, program, settings),
    ),
  };
};

const describe = (address: string, region: string | undefined): string =>
  region === undefined ? address : `${address}, default region ${region}`;
