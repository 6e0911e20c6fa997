/** `--config`: the tool services of several accounts, each with its endpoint, credentials and policy. */
import type { BatchClient } from '../../client/batch-client.ts';
import { createProcessState } from '../../client/process-state.ts';
import { createMultiProfileService } from '../../mcp/multi-profile-service.ts';
import { errorCodeOf } from '../../shared/error-code.ts';
import { ConfigError, InputError } from '../../shared/errors.ts';
import { lazy } from '../../shared/lazy.ts';
import type { Log } from '../../shared/log.ts';
import { readSettingsFile } from '../../shared/read-settings-file.ts';
import type { Config } from '../config.ts';
import { mergeProfile } from '../merge-profile.ts';
import { type Profiles, parseProfiles } from '../profiles-file.ts';
import { type OpenedService, openAccountService } from './account-service.ts';
import { createTarget, failingTarget, type Target } from './target.ts';

/** One profile of the file. */
export interface OpenedProfile {
  readonly name: string;
  readonly config: Config;
  readonly target: Target;
  /** Regions that calls are limited to. */
  readonly regions: readonly string[] | undefined;
}

export interface OpenedProfiles {
  readonly defaultProfile: string | undefined;
  readonly profiles: readonly OpenedProfile[];
  /** Messages about profiles that cannot be used. */
  readonly problems: readonly string[];
}

/**
 * Opens the profiles of a file.
 * @throws ConfigError if the file cannot be used at all; `isFatal` of an invalid policy or flag is the caller's to check
 */
export const openProfiles = (
  config: Config,
  { byName, invalid, names, ...profiles }: Profiles,
  log: Log,
  program: string,
): OpenedProfiles => {
  const defaultProfile = config.profile ?? profiles.default;
  const main = defaultProfile ?? names[0];
  const shared = createProcessState(config.dataDir);
  return {
    defaultProfile,
    problems: [...invalid.values()].map(({ message }) => message),
    profiles: names.map((name) => {
      const profile = byName.get(name);
      const merged = mergeProfile(config, name, profile ?? {}, name === main);
      const { credentials: choice, assumeRole: role } = profile ?? {};
      const target =
        profile === undefined
          ? failingTarget(new ConfigError(invalid.get(name)?.message ?? ''), merged.region)
          : createTarget(merged, log, program, { choice, role, shared });
      return { name, config: merged, target, regions: profile?.policy?.regions };
    }),
  };
};

/** @throws ConfigError if a policy of the file or the flag --profile is invalid; the program must not start then */
export const openProfileServices = async (
  config: Config,
  file: string,
  log: Log,
  program: string,
): Promise<OpenedService & { readonly problems: readonly string[] }> => {
  const read = await readProfiles(config, file);
  if (read instanceof ConfigError) {
    const service = openAccountService(config, failingTarget(read, config.region));
    return { ...service, problems: [read.message] };
  }
  const { defaultProfile, profiles, problems } = openProfiles(config, read, log, program);
  const opened = profiles.map(({ name, config: merged, target, regions }) => {
    const connect = async () => restrictRegions(regions, name, (await target.connect()).client);
    return { name, config: merged, service: openAccountService(merged, target, connect) };
  });
  const first = opened.find(({ name }) => name === (defaultProfile ?? opened[0]?.name))?.service;
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
    problems,
  };
};

/**
 * Reads and checks the file.
 * @returns an error if the file as a whole cannot be used, so that every call has to fail
 * @throws ConfigError for an invalid policy, which must not be ignored, and for an unknown --profile
 */
export const readProfiles = async (config: Config, file: string): Promise<Profiles | ConfigError> => {
  let profiles: Profiles;
  try {
    profiles = parseProfiles(await readText(file, config), file);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  const policy = [...profiles.invalid.values()].find(({ isPolicy }) => isPolicy);
  if (policy !== undefined) throw new ConfigError(policy.message);
  if (config.profile !== undefined && !profiles.names.includes(config.profile)) {
    throw new ConfigError(
      `${config.explicit.get('profile') ?? '--profile'} names '${config.profile}', and ${file} has: ${profiles.names.join(', ')}.`,
    );
  }
  return profiles;
};

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
    storage: lazy(async () => {
      const { checkedStorage } = await import('../../client/cos/storage.ts');
      return checkedStorage(await client.storage(), ({ region = client.region }, subject) => {
        if (region !== undefined && allowed.includes(region)) return;
        const message = `Profile ${profile} is limited to ${allowed.join(', ')}; the bucket is in ${region ?? 'no region that is known'}.`;
        throw new InputError(subject, [{ path: '', message }]);
      });
    }),
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

const readText = async (file: string, config: Config): Promise<string> => {
  try {
    return await readSettingsFile(file);
  } catch (cause) {
    const source = config.explicit.get('config') ?? '--config';
    throw new ConfigError(
      `The profiles file ${file} (${source}) cannot be read (${errorCodeOf(cause) ?? 'unknown reason'}).`,
      { cause },
    );
  }
};
