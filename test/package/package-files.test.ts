/**
 * The manifests by which agent hosts install the package follow the published rules of each host, which are repeated
 * here because a test cannot fetch them. `npm run test:hosts` installs the package in the hosts themselves.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { installLinks, packageFiles } from '../../scripts/package-files.ts';
import { loadConfig } from '../../src/cli/config.ts';
import { cursorLinkOf, vscodeLinkOf } from '../../src/cli/init/install-links.ts';
import { createTools, everyTool, listOf } from '../../src/mcp/registry/tools.ts';
import { loadSkills } from '../../src/mcp/skills/skill-catalog.ts';
import { registryUse } from './registry-use.ts';
import { about, root } from './staged.ts';

const files = packageFiles();
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const kebab = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
const author = z.strictObject({
  name: z.string().min(1),
  email: z.string().optional(),
  url: z.string().optional(),
});
const servers = (server: z.ZodType) => z.record(kebab, server);

/** Closed: an unknown field is a mistake, which hosts ignore or refuse. */
const metadata = {
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  description: z.string().min(1).max(1_024),
  author,
  license: z.string(),
  keywords: z.array(z.string()),
};

const rules: Readonly<Record<string, z.ZodType>> = {
  // https://github.com/agentplugins/agent-plugins-spec/blob/main/schemas/1.0.0/plugin.schema.json
  'plugin.json': z.strictObject({
    $schema: z.literal('https://agent-plugins.org/schemas/1.0.0/plugin.schema.json'),
    name: z
      .string()
      .max(64)
      .regex(/^(?!.*(?:--|\.\.))[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/),
    ...metadata,
  }),
  // https://github.com/agentplugins/agent-plugins-spec/blob/main/schemas/1.0.0/mcp.schema.json
  'mcp.json': z.strictObject({
    $schema: z.literal('https://agent-plugins.org/schemas/1.0.0/mcp.schema.json'),
    mcpServers: servers(
      z.strictObject({
        type: z.literal('stdio'),
        // One token: a name that is looked up, or a path in the package.
        command: z.string().regex(/^(?:\.\/[^\s]+|[\w-]+)$/),
        args: z.array(z.string()),
      }),
    ),
  }),
  // https://code.claude.com/docs/en/plugins/manifest-reference
  '.claude-plugin/plugin.json': z.strictObject({
    name: kebab,
    ...metadata,
    mcpServers: servers(z.strictObject({ command: z.string(), args: z.array(z.string()) })),
  }),
  // https://code.claude.com/docs/en/plugins/create-marketplace
  '.claude-plugin/marketplace.json': z.strictObject({
    name: kebab,
    owner: author,
    metadata: z.strictObject({ description: z.string() }),
    plugins: z.array(
      z.strictObject({
        name: kebab,
        source: z.string().startsWith('./'),
        description: z.string(),
        version: z.string(),
      }),
    ),
  }),
  // https://developers.openai.com/codex/plugins/build
  '.codex-plugin/plugin.json': z.strictObject({
    name: kebab,
    ...metadata,
    skills: z.literal('./skills/'),
    mcpServers: servers(
      z.strictObject({ command: z.string(), args: z.array(z.string()), cwd: z.literal('.') }),
    ),
    interface: z.strictObject({ displayName: z.string(), shortDescription: z.string() }),
  }),
  '.agents/plugins/marketplace.json': z.strictObject({
    name: kebab,
    interface: z.strictObject({ displayName: z.string() }),
    plugins: z.array(
      z.strictObject({
        name: kebab,
        source: z.strictObject({ source: z.literal('local'), path: z.string().startsWith('./') }),
        policy: z.strictObject({
          installation: z.enum(['NOT_AVAILABLE', 'AVAILABLE', 'INSTALLED_BY_DEFAULT']),
          authentication: z.enum(['ON_INSTALL', 'ON_USE']),
        }),
        category: z.string(),
      }),
    ),
  }),
  // https://geminicli.com/docs/extensions/reference
  'gemini-extension.json': z.strictObject({
    name: kebab,
    version: metadata.version,
    description: z.string(),
    mcpServers: servers(z.strictObject({ command: z.string(), args: z.array(z.string()) })),
  }),
};

test.each(Object.keys(files))('%s is what the generator writes', (file) => {
  expect(readFileSync(join(root, file), 'utf8')).toBe(files[file]);
});

test.each(Object.entries(rules))('%s follows the rules of its host', (file, rule) => {
  expect(rule.safeParse(read(file)).error?.issues ?? []).toEqual([]);
});

describe.each([
  'plugin.json',
  '.claude-plugin/plugin.json',
  '.codex-plugin/plugin.json',
  'gemini-extension.json',
])('%s', (file) => {
  test('has the name and the version of the package', () => {
    expect(read(file)).toMatchObject({ name: about.name, version: about.version });
  });
});

const variables: Readonly<Record<string, string>> = {
  'mcp.json': '${PLUGIN_ROOT}',
  '.claude-plugin/plugin.json': '${CLAUDE_PLUGIN_ROOT}',
  '.codex-plugin/plugin.json': '.',
  'gemini-extension.json': '${extensionPath}',
};

test.each(Object.entries(variables))(
  'the server of %s is the program of the package with options that exist, and without keys',
  (file, variable) => {
    const { mcpServers } = read(file) as {
      mcpServers: Record<string, { command: string; args: string[]; env?: object }>;
    };
    const [[name, server] = []] = Object.entries(mcpServers);
    expect([name, server?.command, server?.args[0]]).toEqual([
      'batch',
      'node',
      `${variable}/dist/batch-mcp.js`,
    ]);
    expect(server?.env).toBeUndefined();
    const config = loadConfig(server?.args.slice(1) ?? [], {});
    expect([config.command, config.local]).toEqual(['serve', true]);
  },
);

test('the names of all tools fit the limit of 64 characters with the prefix that Claude Code adds for a plugin', () => {
  const prefixed = everyTool().map(({ name }) => `mcp__plugin_batch-mcp_batch__${name}`);
  expect(prefixed.filter((name) => name.length > 64)).toEqual([]);
});

test('the tools of mcp.json fit into what Codex gives to the model, and include those of the skills', async () => {
  const { mcpServers } = read('mcp.json') as { mcpServers: Record<string, { args: string[] }> };
  const { toolSelections } = loadConfig(mcpServers.batch?.args.slice(1) ?? [], {});
  const listed = listOf(createTools(), 'compact').filter(({ group }) =>
    toolSelections.every((selection) => selection.includes(group)),
  );
  const bytes = listed
    .filter(({ group }) => group !== 'file')
    .reduce((sum, { tool }) => sum + JSON.stringify(tool.inputSchema).length, 0);
  // Codex 0.171.0 offered 12,682 of 16,345 bytes, and left out what did not fit.
  expect(bytes).toBeLessThan(12_000);
  const names = new Set(listed.map(({ tool }) => tool.name));
  const called = (await loadSkills()).flatMap(({ tools }) => tools);
  expect(called.filter((tool) => !names.has(tool))).toEqual([]);
});

test('an install link contains the command of the server and nothing else', () => {
  const server = { command: 'node', args: ['/opt/b a/ü.js', '--local'] };
  const cursor = new URL(cursorLinkOf('batch-local', server));
  expect(cursor.searchParams.get('name')).toBe('batch-local');
  const config = Buffer.from(cursor.searchParams.get('config') ?? '', 'base64').toString('utf8');
  expect(JSON.parse(config)).toEqual(server);
  const [, query = ''] = vscodeLinkOf('batch-local', server).split('?');
  expect(JSON.parse(decodeURIComponent(query))).toEqual({ name: 'batch-local', type: 'stdio', ...server });
  const [, redirect = ''] = /redirect\?url=([^)]+)\)/.exec(installLinks()) ?? [];
  expect(decodeURIComponent(redirect)).toMatch(/^vscode:mcp\/install\?/);
});

/** Everything that a user or a host reads of how to start the program. */
const texts = (): readonly (readonly [string, string])[] => [
  ...Object.entries(files),
  ...['README.md', 'package.json'].map((file) => [file, readFileSync(join(root, file), 'utf8')] as const),
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => [`docs/${file}`, readFileSync(join(root, 'docs', file), 'utf8')] as const),
  ...readdirSync(join(root, 'skills')).map(
    (name) => [`skills/${name}`, readFileSync(join(root, 'skills', name, 'SKILL.md'), 'utf8')] as const,
  ),
  [
    'install links',
    [...installLinks().matchAll(/config=(\S+)/g)]
      .map(([, config = '']) => Buffer.from(decodeURIComponent(config), 'base64').toString('utf8'))
      .join('\n'),
  ],
];

test('no generated file and no document names a package of a registry, because the name is not published', () => {
  const named = texts().flatMap(([file, text]) =>
    registryUse.filter((pattern) => pattern.test(text)).map((pattern) => `${file}: ${pattern.source}`),
  );
  expect(named).toEqual([]);
});

test.each([
  'npx batch-mcp --local',
  'npx -y batch-mcp@0.2.0',
  'npm install -g batch-mcp',
  '{ "command": "npx", "args": ["-y", "batch-mcp"] }',
  '"registryType": "npm"',
])('the check finds %s', (text) => {
  expect(registryUse.some((pattern) => pattern.test(text))).toBe(true);
});

test.each([
  'npx -y --package=./batch-mcp-0.2.0.tgz batch-mcp init',
  '{ "command": "npx", "args": ["-y", "--package=/opt/batch-mcp-0.2.0.tgz", "batch-mcp"] }',
  'npm install -g /opt/batch-mcp-0.2.0.tgz',
  'npm exec --package=/opt/batch-mcp-0.2.0.tgz batch-mcp',
])('the check allows %s', (text) => {
  expect(registryUse.some((pattern) => pattern.test(text))).toBe(false);
});

test('every file that package.json lists exists', () => {
  const { files: listed } = read('package.json') as { files: string[] };
  expect(listed.filter((file) => file !== 'dist' && !existsSync(join(root, file)))).toEqual([]);
});
