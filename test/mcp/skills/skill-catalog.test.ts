/** The skills as files: their form, what they must not contain, and how they are read. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skillEntry } from '@modelcontextprotocol/server/ext/skills';
import { afterAll, describe, expect, test } from 'vitest';
import { everyTool } from '../../../src/mcp/registry/tools.ts';
import { callsOf, loadSkills } from '../../../src/mcp/skills/skill-catalog.ts';

const skills = await loadSkills();
const tools = new Map(everyTool().map((tool) => [tool.name, tool]));

test('there are seven skills', () => {
  expect(skills.map(({ entry }) => entry.frontmatter.name)).toEqual([
    'batch-clean-up',
    'batch-cost',
    'batch-diagnose',
    'batch-folder',
    'batch-move',
    'batch-submit',
    'batch-sweep',
  ]);
});

describe.each(skills.map((skill) => [skill.entry.frontmatter.name, skill] as const))(
  'the skill %s',
  (name, skill) => {
    const { entry, text } = skill;

    test('has the entry that the SDK computes from its files', async () => {
      expect(entry).toEqual(await skillEntry(name, { 'SKILL.md': text }));
    });

    test('is short, and its description says when to use it', () => {
      expect(Buffer.byteLength(text)).toBeLessThan(3_000);
      // Codex accepts 1,024 characters; every conversation of a client with skills pays for the description.
      expect(entry.frontmatter.description.length).toBeLessThan(256);
      expect(entry.frontmatter.description).toMatch(/Use it /);
    });

    test('names only tools, skills and fields that exist', () => {
      expect(
        callsOf(text)
          .map(({ tool }) => tool)
          .filter((tool) => !tools.has(tool)),
      ).toEqual([]);
      const named = [...text.matchAll(/skill `([\w-]+)`/g)].map(([, other]) => other);
      expect(named.filter((other) => !skills.some((one) => one.entry.frontmatter.name === other))).toEqual(
        [],
      );
    });

    test('stops for the user before anything is submitted for good or destroyed', () => {
      const [stop = -1] = [...text.matchAll(/^\d\. Stop/gm)].map(({ index }) => index);
      expect(stop).toBeGreaterThan(0);
      const confirmed = callsOf(text).filter(({ json }) => json.includes('"confirm"'));
      for (const { json } of confirmed) {
        expect(text.indexOf(json)).toBeGreaterThan(stop);
        expect(json).toContain('"preview": "<preview>"');
      }
      const destructive = callsOf(text).filter(({ tool }) => tools.get(tool)?.effect === 'destroy');
      // Each begins with the same call without confirmation, which is the preview.
      expect(destructive.length).toBe(confirmed.length * 2);
    });

    test('contains no shell block and no command that destroys', () => {
      expect(text).not.toMatch(/^```(?!json [A-Z]\w+$|$)/m);
      expect(text).not.toMatch(
        /\b(?:rm|rmdir|unlink|kill|pkill|killall|scancel|mkfs|dd|shutdown|truncate)\s+[-/\w]/,
      );
      expect(text).not.toMatch(/\b(?:npm|npx|pip|curl|wget|sudo)\b/);
    });
  },
);

describe('a folder of skills', () => {
  const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-skills-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const valid = (name: string) => `---\nname: ${name}\ndescription: Does it. Use it now.\n---\n`;

  test('is read without its links, without special files, and without invalid skills', async () => {
    for (const name of ['good', 'misnamed', 'empty', 'linked-file']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'good', 'SKILL.md'), valid('good'));
    writeFileSync(join(folder, 'misnamed', 'SKILL.md'), valid('another'));
    writeFileSync(join(folder, 'outside.md'), valid('linked-file'));
    symlinkSync(join(folder, 'outside.md'), join(folder, 'linked-file', 'SKILL.md'));
    symlinkSync(join(folder, 'good'), join(folder, 'linked'));
    expect((await loadSkills(folder)).map(({ entry }) => entry.uri)).toEqual(['skill://good/SKILL.md']);
  });

  test('that does not exist has no skills', async () => {
    expect(await loadSkills(join(folder, 'missing'))).toEqual([]);
  });
});
