/** `--config`: the tool services of several accounts, each with its endpoint, credentials and policy. */
import { readFile } from 'node:fs/promises';
import type { BatchClient } from '../../client/batch-client.ts';
import { createProcessState } from '../../client/process-state.ts';
import { createMultiProfileService } from '../../mcp/multi-profile-service.ts';
import { ConfigError, InputError } from '../../shared/errors.ts';
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { type Profile, parseProfiles } from '../profiles-file.ts';
import { type OpenedService, openAccountService } from './account-service.ts';
import { createTarget } from './target.ts';

/** @throws ConfigError if the file cannot be read, is invalid, or does not have the profile of --profile */
export const openProfileServices = async (
  config: Config,
  file: string,
  log: Log,
  program: string,
): Promise<OpenedService> => {
  const profiles = parseProfiles(await readText(file), file);
  const defaultProfile = config.profile ?? profiles.default;
  if (defaultProfile !== undefined && !profiles.byName.has(defaultProfile)) {
    throw new ConfigError(
      `--profile names '${defaultProfile}', and ${file} has: ${[...profiles.byName.keys()].join(', ')}.`,
    );
  }
  const main = defaultProfile ?? [...profiles.byName.keys()][0];
  const shared = createProcessState(config.dataDir);
  const opened = [...profiles.byName].map(([name, profile]) => {
    const merged = mergeProfile(config, name, profile, name === main);
    const { credentials: choice, assumeRole: role } = profile;
    const target = createTarget(merged, log, program, { choice, role, shared });
    const { regions } = profile.policy ?? {};
    const connect = async () => restrictRegions(regions, name, (await target.connect()).client);
    return { name, config: merged, service: openAccountService(merged, target, connect) };
  });
  const first = opened.find(({ name }) => name === main)?.service;
  const services = new Map(opened.map(({ name, service }) => [name, service.toolService]));
  return {
    // With a single profile, calls need no `profile` argument.
    toolService:
      first !== undefined && opened.length === 1
        ? first.toolService
        : createMultiProfileService({ services, defaultProfile }),
    where: opened
      .map(
        ({ name, service, config: { readOnly } }) =>
          `profile ${name}${readOnly ? ' (read-only)' : ''}: ${service.where}`,
      )
      .join('; '),
    region: first?.region,
    site: first?.site,
  };
};

/** The configuration of one profile: its policy overrides options, except that an option can forbid more. */
const mergeProfile = (
  config: Config,
  name: string,
  { policy = {}, ...profile }: Profile,
  isDefault: boolean,
): Config => ({
  ...config,
  profile: name,
  // Azure has no profiles: its account belongs to the default profile and follows that profile's policy.
  azureEndpoint: isDefault ? config.azureEndpoint : undefined,
  local: profile.local ?? false,
  endpoint: profile.endpoint,
  site: profile.site ?? config.site,
  region: profile.region ?? config.region,
  rateLimit: profile.rateLimit ?? config.rateLimit,
  readOnly: config.readOnly || (policy.readOnly ?? false),
  confirm: policy.confirm ?? config.confirm,
  tools: policy.tools ?? config.tools,
  maxInstances: policy.maxInstances ?? config.maxInstances,
  maxNodes: policy.maxNodes ?? config.maxNodes,
  maxHourlyPrice: policy.maxHourlyPrice ?? config.maxHourlyPrice,
});

/** Rejects calls to regions that the policy does not list, before anything is sent. */
const restrictRegions = (
  allowed: readonly string[] | undefined,
  profile: string,
  client: BatchClient,
): BatchClient => {
  if (allowed === undefined) return client;
  return {
    ...client,
    get region() {
      return client.region;
    },
    call: async (action, input, options) => {
      const region = options?.region ?? client.region;
      // A region from the credentials is not known yet, so the call has to name one.
      if (region === undefined || !allowed.includes(region)) {
        const message =
          region === undefined
            ? `Profile ${profile} is limited to ${allowed.join(', ')}; pass Region.`
            : `Profile ${profile} is limited to ${allowed.join(', ')}, not ${region}.`;
        throw new InputError(action, [{ path: 'Region', message }]);
      }
      return client.call(action, input, options);
    },
  };
};

const readText = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`--config names ${file}, which cannot be read.`, { cause });
  }
};
