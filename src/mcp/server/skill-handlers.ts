/** Skills over MCP: the extension `io.modelcontextprotocol/skills`. Their files are ordinary resources. */
import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { lazy } from '../../shared/lazy.ts';
import { quoted } from '../render/untrusted.ts';
import type { ResourceContent } from '../resources/resource-content.ts';
import type { ResourceEntry } from '../resources/resource-list.ts';
import type { Skill } from '../skills/skill-catalog.ts';
import type { ToolService } from '../tool-service.ts';

/** https://github.com/modelcontextprotocol/ext-skills */
export const skillsExtension = 'io.modelcontextprotocol/skills';

// The files of the package do not change while it runs.
const skillTtlMs = 3_600_000;
const cacheHint = { ttlMs: skillTtlMs, cacheScope: 'public' } as const;

export interface SkillResources {
  /** The SKILL.md of each skill, for the list of resources. */
  list(): Promise<readonly ResourceEntry[]>;
  /** Reads a file of a skill. @returns undefined where there is none */
  read(uri: string): Promise<ResourceContent | undefined>;
}

/**
 * Registers `skills/list` and `skills/get`. A skill that calls a tool which is not listed is not served: it would
 * describe what cannot be called.
 * @param isModern whether results carry a cache hint, as protocol version 2026-07-28 requires
 */
export const registerSkills = (
  server: Server,
  toolService: Pick<ToolService, 'list'>,
  isModern: boolean,
): SkillResources => {
  const load = lazy(async (): Promise<readonly Skill[]> => {
    const { loadSkills } = await import('../skills/skill-catalog.ts');
    const listed = new Set((await toolService.list()).map(({ name }) => name));
    return (await loadSkills()).filter(({ tools }) => tools.every((tool) => listed.has(tool)));
  });
  const find = async (uri: string) => (await load()).find(({ entry }) => entry.uri === uri);
  const hint = isModern ? cacheHint : {};
  const anyParams = z.looseObject({});
  server.setRequestHandler('skills/list', { params: anyParams }, async () => ({
    skills: (await load()).map(({ entry }) => entry),
    ...hint,
  }));
  server.setRequestHandler('skills/get', { params: anyParams }, async ({ uri }) => {
    const skill = await find(String(uri));
    if (skill === undefined) {
      const message = `There is no skill ${quoted(String(uri))} here; skills/list returns the available ones.`;
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, message);
    }
    return { skill: skill.entry, ...hint };
  });
  return {
    list: async () =>
      (await load()).map(({ entry: { uri, frontmatter } }) => ({
        ...{ uri, name: frontmatter.name, description: frontmatter.description },
        mimeType: 'text/markdown',
      })),
    read: async (uri) => {
      const skill = await find(uri);
      return skill && { uri, mimeType: 'text/markdown', text: skill.text, ttlMs: skillTtlMs };
    },
  };
};
