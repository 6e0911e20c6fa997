/** Where calls go: the cloud, another endpoint, or the local engine. Credentials and network are loaded by the first call. */
import type { BatchClient } from '../../client/batch-client.ts';
import { endpointOf } from '../../client/endpoints.ts';
import { ConfigError } from '../../shared/errors.ts';
import { lazy } from '../../shared/lazy.ts';
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { type OptionName, options } from '../options.ts';
import type { Connection, ProfileSettings } from './connection.ts';

export interface Target {
  /** Description for users and models. */
  readonly where: string;
  /** Default region. */
  readonly region: string | undefined;
  /** The invalid setting because of which every call fails. */
  readonly problem?: string;
  /**
   * Loads what calls need; returns the same connection every time.
   * @throws ConfigError that names the invalid setting, if there is one
   */
  connect(): Promise<Connection>;
}

// The engine serves every region, but a request has to name one. This is the first in the vendor's list.
const defaultLocalRegion = 'ap-guangzhou';

/**
 * Selects the target from the configuration. It never falls back to the local engine: a job meant for the cloud must
 * not run on this machine.
 */
export const createTarget = (
  config: Config,
  log: Log,
  program: string,
  settings: ProfileSettings = {},
): Target => {
  const problem = targetProblemOf(config);
  if (problem !== undefined) return failingTarget(new ConfigError(problem), config.region);
  return config.local ? localTarget(config, program, settings) : cloudTarget(config, log, settings);
};

/** A target whose every call fails: the settings do not say where calls should go. */
export const failingTarget = (error: ConfigError, region: string | undefined): Target => ({
  where: `nowhere, because of an invalid setting: ${error.message}`,
  region,
  problem: error.message,
  connect: () => Promise.reject(error),
});

const cloudTarget = (config: Config, log: Log, settings: ProfileSettings): Target => {
  const { region } = config;
  let endpoint: ReturnType<typeof endpointOf>;
  try {
    endpoint = endpointOf(config.endpoint, config.site);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const source = config.explicit.get('endpoint') ?? 'The endpoint of the profile';
    return failingTarget(new ConfigError(`${source}: ${error.message}`), region);
  }
  return {
    where: describe(endpoint.name, region),
    region,
    connect: lazy(async () => {
      const { connectToCloud } = await import('./cloud-client.ts');
      const connection = connectToCloud(config, endpoint, settings, log);
      return { ...connection, client: checkRegion(config, connection.client) };
    }),
  };
};

const localTarget = (config: Config, program: string, settings: ProfileSettings): Target => {
  const region = config.region ?? defaultLocalRegion;
  return {
    where: describe(
      `the local engine on this machine (jobs run ${config.backend === 'slurm' ? 'on a Slurm cluster' : 'here'}; sandbox: ${config.sandbox})`,
      region,
    ),
    region,
    connect: lazy(async () => {
      const { connectToEngine } = await import('./local-client.ts');
      const connection = connectToEngine(config, region, program, settings);
      return { ...connection, client: checkRegion(config, connection.client) };
    }),
  };
};

const describe = (address: string, region: string | undefined): string =>
  region === undefined ? address : `${address}, default region ${region}`;

/** The options whose invalid value does not prevent every call. */
const optional: readonly OptionName[] = ['region', 'config', 'profile', 'logLevel', 'schemas'];

/** The invalid setting that prevents every call to the target, if there is one. */
const targetProblemOf = (config: Config): string | undefined =>
  config.problems.find(({ option }) => {
    if (option === undefined || optional.includes(option)) return false;
    const { group } = options[option];
    if (option === 'dataDir' || group === 'engine') return config.local;
    return group === 'where';
  })?.message;

/** Rejects the calls that an invalid region concerns, before anything is sent. */
const checkRegion = (config: Config, client: BatchClient): BatchClient => {
  const problem = config.problems.find(({ option }) => option === 'region')?.message;
  if (problem === undefined) return client;
  return {
    ...client,
    call: async (action, input, callOptions) => {
      if (callOptions?.region === undefined) throw new ConfigError(`${problem} Correct it, or pass Region.`);
      return client.call(action, input, callOptions);
    },
  };
};
