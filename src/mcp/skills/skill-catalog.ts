/** The skills of the package: instructions for agents, as files in its folder `skills/`. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file, as the skills extension describes it. */
interface SkillResource {
  readonly uri: string;
  /** SHA-256 of the file's bytes. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** A skill, as the skills extension describes it. */
export interface SkillEntry {
  /** URI of its SKILL.md. */
  readonly uri: string;
  readonly frontmatter: { readonly name: string; readonly description: string };
  readonly resources: readonly SkillResource[];
}

export interface Skill {
  readonly entry: SkillEntry;
  /** The content of SKILL.md. */
  readonly text: string;
  /** Names of the tools that it calls. */
  readonly tools: readonly string[];
}

/** The folder of this package; never a path from a setting or the working directory. The sources are not bundled. */
const skillsFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../skills/' : '../skills/', import.meta.url),
);

/**
 * Reads the skills, sorted by name. Links and other special files are ignored, and so is a folder without a valid
 * SKILL.md.
 * @param folder the folder of the skills; another one only in tests
 * @returns none where the folder does not exist: the program was copied without its package
 */
export const loadSkills = async (folder: string = skillsFolder): Promise<readonly Skill[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const skills = await Promise.all(names.sort().map((name) => loadSkill(folder, name)));
  return skills.filter((skill) => skill !== undefined);
};

const loadSkill = async (folder: string, directory: string): Promise<Skill | undefined> => {
  const files = await readdir(join(folder, directory), { withFileTypes: true });
  if (!files.some((file) => file.name === 'SKILL.md' && file.isFile())) return undefined;
  const bytes = await readFile(join(folder, directory, 'SKILL.md'));
  const text = bytes.toString('utf8');
  // Both fields on one line, unquoted; a test compares this with the reader of the SDK.
  const [, name, description] = /^---\nname: (\S+)\ndescription: (.+)\n---\n/.exec(text) ?? [];
  if (name !== directory || description === undefined) return undefined;
  const uri = `skill://${name}/SKILL.md`;
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return {
    entry: { uri, frontmatter: { name, description }, resources: [{ uri, digest, size: bytes.length }] },
    text,
    tools: callsOf(text).map(({ tool }) => tool),
  };
};

/** A call of a tool in a skill: a fenced block of JSON with the name of the tool. */
export interface SkillCall {
  readonly tool: string;
  /** Arguments as JSON. Values such as `<JobId>` come from earlier answers. */
  readonly json: string;
}

/** The calls of a skill, in order. */
export const callsOf = (text: string): readonly SkillCall[] =>
  [...text.matchAll(/^```json (\w+)\n([\s\S]*?)^```$/gm)].map(([, tool = '', json = '']) => ({ tool, json }));
