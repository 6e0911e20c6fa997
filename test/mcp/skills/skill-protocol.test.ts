/** Skills over MCP, as raw messages of both protocol eras. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSkillResultSchema, ListSkillsResultSchema } from '@modelcontextprotocol/core/ext/skills';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { eras, messageOf, type Served, serve } from '../../lifecycle/served.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-skills-'));
let served: Served | undefined;
afterEach(async () => {
  served?.child.stdin?.end();
  await served?.closed;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = { env: { HOME: folder } };
interface Skill {
  readonly uri: string;
  readonly frontmatter: { readonly name: string };
  readonly resources: readonly { readonly uri: string; readonly digest: string; readonly size: number }[];
}
const send = async (method: string, params: object = {}) =>
  messageOf((await served?.request(method, params)) ?? '');
const listed = async () => ((await send('skills/list'))?.result?.skills ?? []) as readonly Skill[];

describe.each(eras)('in the %s era', (era) => {
  test('the server declares the extension and lists its skills, whose files match their digests', async () => {
    served = await serve(era, { ...settings, args: ['--buckets', 'results-1250000000'] });
    const opened = messageOf(served.lines[0] ?? '')?.result;
    expect(opened?.capabilities).toMatchObject({
      extensions: { 'io.modelcontextprotocol/skills': {} },
      resources: {},
    });
    const { result } = (await send('skills/list')) ?? {};
    if (era === 'modern') {
      expect(ListSkillsResultSchema.safeParse(result).error).toBeUndefined();
      expect(result).toMatchObject({ resultType: 'complete', ttlMs: 3_600_000, cacheScope: 'public' });
    }
    const skills = await listed();
    expect(skills.map(({ frontmatter }) => frontmatter.name)).toContain('batch-folder');
    for (const { uri, resources } of skills) {
      expect(resources.map((file) => file.uri)).toEqual([uri]);
      const read = (await send('resources/read', { uri }))?.result;
      const [content] = (read?.contents ?? []) as { uri: string; mimeType: string; text: string }[];
      expect([content?.uri, content?.mimeType]).toEqual([uri, 'text/markdown']);
      const bytes = Buffer.from(content?.text ?? '');
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      expect(resources).toEqual([{ uri, digest, size: bytes.length }]);
    }
    const all = (await send('resources/list'))?.result?.resources as { uri: string; name: string }[];
    expect(all.filter(({ uri }) => uri.startsWith('skill:')).map(({ name }) => name)).toEqual(
      skills.map(({ frontmatter }) => frontmatter.name),
    );
  });

  test('skills/get returns the entry of the list, and an error for any other URI', async () => {
    served = await serve(era, settings);
    const [first] = await listed();
    const got = (await send('skills/get', { uri: first?.uri }))?.result;
    expect(got?.skill).toEqual(first);
    if (era === 'modern') expect(GetSkillResultSchema.safeParse(got).error).toBeUndefined();
    for (const uri of [
      'skill://nothing/SKILL.md',
      'skill://batch-submit',
      'skill://../package.json',
      'skill://batch-submit/../../package.json',
      'skill://batch-submit/SKILL.md?x',
      'file:///etc/passwd',
      '',
    ]) {
      expect((await send('skills/get', { uri }))?.error).toMatchObject({ code: -32602 });
      expect((await send('resources/read', { uri }))?.error).toBeDefined();
    }
    expect((await send('skills/get', {}))?.error).toEqual({
      code: -32602,
      message: 'skills/get needs uri, a string.',
    });
  });
});

test('a skill that calls a tool which is not listed is not served', async () => {
  served = await serve('modern', { ...settings, args: ['--read-only'] });
  expect(await listed()).toEqual([]);
  expect((await send('skills/get', { uri: 'skill://batch-submit/SKILL.md' }))?.error).toMatchObject({
    code: -32602,
  });
});

test('skills of the working directory are not read', async () => {
  const work = join(folder, 'work');
  mkdirSync(join(work, 'skills', 'evil'), { recursive: true });
  writeFileSync(join(work, 'skills', 'evil', 'SKILL.md'), '---\nname: evil\ndescription: Use it.\n---\n');
  served = await serve('modern', { ...settings, through: ['env', '-C', work] });
  const names = (await listed()).map(({ frontmatter }) => frontmatter.name);
  expect(names).toContain('batch-submit');
  expect(names).not.toContain('evil');
});
