/** Several accounts in one server: each has a toolbox and a policy of its own, and a call names the one it means. */
import { ConfigError, InputError } from '../shared/errors.ts';
import type { ListedTool } from './contract/tool.ts';
import type { CallOutcome } from './execute/call-tool.ts';
import type { ToolService } from './tool-service.ts';

export interface MultiProfileOptions {
  /** In the order of the file. */
  readonly services: ReadonlyMap<string, ToolService>;
  /** The profile of calls that name none; without one every call has to. Resources and prompts belong to it. */
  readonly defaultProfile: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Joins toolboxes. A tool is listed where any profile allows it, and says which do.
 * A call to a profile that does not allow its tool is refused there, by the same check as a tool that is not listed.
 */
export const createMultiProfileService = ({
  services: toolboxes,
  defaultProfile: usual,
  now,
}: MultiProfileOptions): ToolService => {
  const first = toolboxes.values().next().value;
  if (first === undefined) throw new ConfigError('A file of profiles needs at least one profile.');
  const main = (usual === undefined ? undefined : toolboxes.get(usual)) ?? first;
  const lists = async () =>
    Promise.all([...toolboxes].map(async ([profile, toolbox]) => ({ profile, tools: await toolbox.list() })));
  return {
    list: async () => joinedOf(await lists(), usual),
    has: async (name) => {
      for (const toolbox of toolboxes.values()) if (await toolbox.has(name)) return true;
      return false;
    },
    call: async (name, { profile: asked, ...args }, caller) => {
      const profile = asked ?? usual;
      const toolbox = typeof profile === 'string' ? toolboxes.get(profile) : undefined;
      if (toolbox === undefined || !(await toolbox.has(name))) {
        return refuse(refusalOf(name, profile, await lists()), now());
      }
      return toolbox.call(name, args, caller);
    },
    read: main.read,
    resources: main.resources,
    connect: main.connect,
    close: async () => {
      await Promise.all([...toolboxes.values()].map((toolbox) => toolbox.close()));
    },
  };
};

interface ProfileList {
  readonly profile: string;
  readonly tools: readonly ListedTool[];
}

/** Every tool that some profile lists, in the order of the first list that has it, with the argument `profile`. */
const joinedOf = (lists: readonly ProfileList[], usual: string | undefined): readonly ListedTool[] => {
  const longest = [...lists].sort((a, b) => b.tools.length - a.tools.length);
  const byName = new Map(longest.flatMap(({ tools }) => tools.map((tool) => [tool.name, tool] as const)));
  return [...byName.values()].map((tool) => {
    const profiles = lists
      .filter(({ tools }) => tools.some(({ name }) => name === tool.name))
      .map(({ profile }) => profile);
    const isNeeded = usual === undefined || !profiles.includes(usual);
    const { properties = {}, required = [] } = tool.inputSchema as {
      readonly properties?: object;
      readonly required?: readonly string[];
    };
    const profile = {
      type: 'string',
      enum: profiles,
      description: isNeeded ? 'Account.' : `Account; default ${usual}.`,
    };
    return {
      ...tool,
      inputSchema: {
        ...tool.inputSchema,
        properties: { ...properties, profile },
        ...((isNeeded || required.length > 0) && {
          required: [...required, ...(isNeeded ? ['profile'] : [])],
        }),
      },
    };
  });
};

/** An error of a call is an answer, also where no toolbox was found to give it. */
const refuse = async (error: InputError, now: number): Promise<CallOutcome> => {
  const [{ errorAnswerOf }, { render }] = await Promise.all([
    import('./render/error-answer.ts'),
    import('./render/render.ts'),
  ]);
  return {
    kind: 'answer',
    how: 'wrong_arguments',
    answer: render(errorAnswerOf(error, error.subject), { detail: 'concise', now }),
  };
};

const refusalOf = (tool: string, profile: unknown, lists: readonly ProfileList[]): InputError => {
  const able = lists
    .filter(({ tools }) => tools.some(({ name }) => name === tool))
    .map((list) => list.profile);
  const message =
    profile === undefined
      ? 'Say which account is meant.'
      : `${JSON.stringify(profile)} is no profile that allows ${tool}.`;
  return new InputError(tool, [{ path: 'profile', message: `${message} It is one of: ${able.join(', ')}.` }]);
};
