/** `--config`: several accounts, each with its own place, keys and policy. */
import { readFile } from 'node:fs/promises';
import type { BatchClient } from '../../client/batch-client.ts';
import { createProcessState } from '../../client/process-state.ts';
import { createMultiProfileService } from '../../mcp/multi-profile-service.ts';
import { createToolService } from '../../mcp/tool-service.ts';
import { ConfigError, InputError } from '../../shared/errors.ts';
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { type Profile, parseProfiles } from '../profiles-file.ts';
import { createTarget } from './target.ts';
import { type OpenToolService, siteOf, toolServiceOptionsOf } from './tool-service-options.ts';

export const openProfiles = async (
  config: Config,
  file: string,
  log: Log,
  program: string,
): Promise<OpenToolService> => {
  const profiles = parseProfiles(await textOf(file), file);
  const usual = config.profile ?? profiles.default;
  if (usual !== undefined && !profiles.byName.has(usual)) {
    throw new ConfigError(
      `--profile names '${usual}', and ${file} has: ${[...profiles.byName.keys()].join(', ')}.`,
    );
  }
  const main = usual ?? [...profiles.byName.keys()][0];
  const shared = createProcessState(config.dataDir);
  const opened = [...profiles.byName].map(([name, profile]) => {
    const own = configOf(config, name, profile, name === main);
    const { credentials: choice, assumeRole: role } = profile;
    const target = createTarget(own, log, program, { choice, role, shared });
    const options = toolServiceOptionsOf(own, target);
    const { regions } = profile.policy ?? {};
    const connect = async () => within(regions, name, await options.connect());
    return { name, own, target, toolbox: createToolService({ ...options, connect }) };
  });
  const first = opened.find(({ name }) => name === main);
  const toolboxes = new Map(opened.map(({ name, toolbox }) => [name, toolbox]));
  return {
    // With one profile there is nothing to choose, so nothing is asked.
    toolService:
      first !== undefined && opened.length === 1
        ? first.toolbox
        : createMultiProfileService({ services: toolboxes, defaultProfile: usual, now: Date.now }),
    where: opened
      .map(({ name, target, own }) => `profile ${name}${own.readOnly ? ' (read-only)' : ''}: ${target.where}`)
      .join('; '),
    region: first?.target.region,
    site: first === undefined ? undefined : siteOf(first.own),
  };
};

/** The configuration of one profile. What its policy says wins over the flags, except that a flag can forbid more. */
const configOf = (
  config: Config,
  name: string,
  { policy = {}, ...profile }: Profile,
  isMain: boolean,
): Config => ({
  ...config,
  profile: name,
  // Azure's account is no profile of the file: it belongs to the usual one, and follows its policy alone.
  azureEndpoint: isMain ? config.azureEndpoint : undefined,
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

/** Refuses regions that the policy leaves out, before anything is sent. */
const within = (
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
      // A region that stands beside the keys is not known yet, so it has to be named.
      if (region === undefined || !allowed.includes(region)) {
        const message = `Profile ${profile} may be used in ${allowed.join(', ')}${region === undefined ? '; say in which' : `, not in ${region}`}.`;
        throw new InputError(action, [{ path: 'Region', message }]);
      }
      return client.call(action, input, options);
    },
  };
};

const textOf = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`--config names ${file}, which cannot be read.`, { cause });
  }
};
