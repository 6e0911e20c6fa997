/** Several accounts in one server: each has its own service and policy, and a call names the account. */
import { ConfigError, InputError } from '../shared/errors.ts';
import type { ListedTool } from './contract/tool.ts';
import type { CompletionResult } from './resources/completion.ts';
import type { ToolService } from './tool-service.ts';

export interface MultiProfileOptions {
  /** By profile, in the order of the file. */
  readonly services: ReadonlyMap<string, ToolService>;
  /** The profile of calls that name none; without one every call has to. Resources belong to it. */
  readonly defaultProfile: string | undefined;
}

/**
 * Combines services. A tool is listed where any profile allows it, with the profiles that do.
 * A call to a profile that does not allow its tool is refused, like a call of a tool that is not listed.
 */
export const createMultiProfileService = ({ services, defaultProfile }: MultiProfileOptions): ToolService => {
  const first = services.values().next().value;
  if (first === undefined) throw new ConfigError('A file of profiles needs at least one profile.');
  const main = (defaultProfile === undefined ? undefined : services.get(defaultProfile)) ?? first;
  const listsOf = async (list: 'list' | 'viewTools') =>
    Promise.all([...services].map(async ([profile, service]) => ({ profile, tools: await service[list]() })));
  const lists = () => listsOf('list');
  const profiles = { names: [...services.keys()], default: defaultProfile };
  return {
    ...main,
    profiles,
    list: async () => combined(await lists(), defaultProfile),
    viewTools: async () => combined(await listsOf('viewTools'), defaultProfile),
    has: async (name) => {
      for (const service of services.values()) if (await service.has(name)) return true;
      return false;
    },
    call: async (name, { profile: named, ...args }, caller) => {
      const profile = named ?? defaultProfile;
      const service = typeof profile === 'string' ? services.get(profile) : undefined;
      if (service === undefined || !(await service.has(name))) {
        return main.refuse(refusalOf(name, profile, await lists()), name);
      }
      return service.call(name, args, caller);
    },
    // Resources name no profile; their variables are completed from the default one.
    complete: async (request) => {
      if (request.name === 'profile') return profileCompletionOf(profiles.names, request.value);
      const { profile, ...context } = request.context;
      const service = profile === undefined ? main : services.get(profile);
      return service === undefined ? profileCompletionOf([], '') : service.complete({ ...request, context });
    },
    close: async () => {
      await Promise.all([...services.values()].map((service) => service.close()));
    },
  };
};

const profileCompletionOf = (names: readonly string[], typed: string): CompletionResult => {
  const values = names.filter((name) => name.toLowerCase().startsWith(typed.toLowerCase()));
  return { values, total: values.length, hasMore: false };
};

interface ProfileList {
  readonly profile: string;
  readonly tools: readonly ListedTool[];
}

/** Every tool that some profile lists, in the order of the longest list, with the argument `profile`. */
const combined = (
  lists: readonly ProfileList[],
  defaultProfile: string | undefined,
): readonly ListedTool[] => {
  const longestFirst = [...lists].sort((a, b) => b.tools.length - a.tools.length);
  const byName = new Map(
    longestFirst.flatMap(({ tools }) => tools.map((tool) => [tool.name, tool] as const)),
  );
  return [...byName.values()].map((tool) => {
    const profiles = lists
      .filter(({ tools }) => tools.some(({ name }) => name === tool.name))
      .map(({ profile }) => profile);
    return withProfile(tool, profiles, defaultProfile);
  });
};

const withProfile = (
  tool: ListedTool,
  profiles: readonly string[],
  defaultProfile: string | undefined,
): ListedTool => {
  const isRequired = defaultProfile === undefined || !profiles.includes(defaultProfile);
  // A JSON schema of an object, as it was generated.
  const { properties = {}, required = [] } = tool.inputSchema as {
    readonly properties?: object;
    readonly required?: readonly string[];
  };
  const profile = {
    type: 'string',
    enum: profiles,
    description: isRequired ? 'Account.' : `Account; default ${defaultProfile}.`,
  };
  return {
    ...tool,
    inputSchema: {
      ...tool.inputSchema,
      properties: { ...properties, profile },
      ...((isRequired || required.length > 0) && {
        required: [...required, ...(isRequired ? ['profile'] : [])],
      }),
    },
  };
};

const refusalOf = (tool: string, profile: unknown, lists: readonly ProfileList[]): InputError => {
  const profiles = lists
    .filter(({ tools }) => tools.some(({ name }) => name === tool))
    .map((list) => list.profile);
  const message =
    profile === undefined || profile === null
      ? 'It is required.'
      : `${JSON.stringify(profile)} is not a profile that allows ${tool}.`;
  return new InputError(tool, [
    { path: 'profile', message: `${message} Use one of: ${profiles.join(', ')}.` },
  ]);
};
