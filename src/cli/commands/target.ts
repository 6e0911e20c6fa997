/** Where calls go: the cloud, another address, or the local engine. Keys, network and catalogue load with the first call. */
import { endpointOf } from '../../client/endpoints.ts';
import { ConfigError } from '../../shared/errors.ts';
import { lazy } from '../../shared/lazy.ts';
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import type { OpenTarget, ProfileParts } from './open-target.ts';

export interface Target {
  /** For people and models. */
  readonly where: string;
  /** Region of calls that name none. */
  readonly region: string | undefined;
  /** Loads what a call needs; the same at every call. */
  open(): Promise<OpenTarget>;
}

// The engine has every region; calls that name none need one all the same, and this is the vendor's first.
const defaultRegion = 'ap-guangzhou';

/**
 * Chooses by the configuration. It never falls back to the local engine by itself: a job meant for the cloud must not
 * run here.
 * @throws ConfigError where the configuration names both, or --endpoint is no address
 */
export const createTarget = (config: Config, log: Log, program: string, parts: ProfileParts = {}): Target => {
  if (!config.local) {
    const endpoint = endpointOf(config.endpoint, config.site);
    return {
      where: placeOf(endpoint.name, config.region),
      region: config.region,
      open: lazy(async () => (await import('./cloud-client.ts')).openCloud(config, endpoint, parts, log)),
    };
  }
  if (config.endpoint !== undefined) {
    throw new ConfigError(
      '--local and --endpoint exclude each other: the local engine has an address of its own.',
    );
  }
  const region = config.region ?? defaultRegion;
  return {
    where: placeOf(`the local engine on this machine (jobs run here; sandbox: ${config.sandbox})`, region),
    region,
    open: lazy(async () => (await import('./local-client.ts')).openLocal(config, region, program, parts)),
  };
};

const placeOf = (address: string, region: string | undefined): string =>
  region === undefined ? address : `${address}, region ${region} unless a call names another`;
