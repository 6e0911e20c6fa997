/** The configuration of one profile: of the options that were given and the policy, the stricter one applies. */
import type { Config } from './config.ts';
import type { OptionName } from './options.ts';
import type { Profile } from './profiles-file.ts';

/** From the strictest to the least strict. */
const confirmPolicies = ['ask', 'auto', 'flag', 'none'] as const satisfies readonly Config['confirm'][];

/**
 * Merges options and profile. Only options given explicitly count: a default never overrides a policy.
 * @param isDefault whether calls without the argument `profile` use this profile
 */
export const mergeProfile = (
  config: Config,
  name: string,
  { policy = {}, ...profile }: Profile,
  isDefault: boolean,
): Config => {
  const given = <Name extends OptionName>(option: Name): Config[Name] | undefined =>
    config.explicit.has(option) ? config[option] : undefined;
  return {
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
    confirm:
      confirmPolicies.find((each) => each === given('confirm') || each === policy.confirm) ?? config.confirm,
    toolSelections: [config.tools, policy.tools ?? []],
    maxInstances: smaller(given('maxInstances'), policy.maxInstances),
    maxNodes: smaller(given('maxNodes'), policy.maxNodes),
    maxHourlyPrice: smaller(given('maxHourlyPrice'), policy.maxHourlyPrice),
    // A region of the profile replaces an invalid default.
    problems:
      profile.region === undefined
        ? config.problems
        : config.problems.filter(({ option }) => option !== 'region'),
  };
};

const smaller = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
