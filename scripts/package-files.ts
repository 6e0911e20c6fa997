/**
 * The files by which agent hosts install this package: each host has its own manifest, all describe one server and the
 * folder `skills/`. An unpacked npm tarball is at the same time an Agent Plugins package, a plugin and marketplace of
 * Claude Code and of Codex, and an extension of Gemini CLI. Written by `npm run docs`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cursorLinkOf, vscodeLinkOf } from '../src/cli/init/install-links.ts';

/**
 * The name in the npm registry; undefined until it is published. As long as it is, no generated file names a registry
 * package: it would install what another person may publish under that name.
 */
const publishedName: string | undefined = undefined;

interface About {
  readonly name: string;
  readonly mcpName: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly keywords: readonly string[];
}

const about = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as About;
const { name, version, license, keywords } = about;
const author = { name: 'The batch-mcp authors' };
const displayName = 'Batch computing';
const description =
  'Batch jobs as tools: a local engine on this machine, Tencent Cloud BatchCompute, Azure Batch job termination.';
const identity = { name, version, description, author, license, keywords };

/** The server of the packages: the local engine, which needs no account. `root` is the host's variable for its directory. */
const serverAt = (root: string) => ({ command: 'node', args: [`${root}/dist/batch-mcp.js`, '--local'] });
const serverName = 'batch';

/** https://github.com/agentplugins/agent-plugins-spec, 1.0.0 */
const agentPlugin = {
  $schema: 'https://agent-plugins.org/schemas/1.0.0/plugin.schema.json',
  ...identity,
};
/**
 * Codex gives the model only so many of a portable package's tools as fit into some 13 kB of schemas, and hides the
 * others without a word: with all tools SubmitJob was missing. These are the tools of the skills; RunScript reaches more.
 * https://github.com/openai/codex/issues/44308
 */
const portableTools = ['--tools', 'job,machine-type,workflow,file'];
const portable = serverAt('${PLUGIN_ROOT}');
const agentPluginServers = {
  $schema: 'https://agent-plugins.org/schemas/1.0.0/mcp.schema.json',
  mcpServers: { [serverName]: { type: 'stdio', ...portable, args: [...portable.args, ...portableTools] } },
};

/** https://code.claude.com/docs/en/plugins/manifest-reference */
const claudePlugin = { ...identity, mcpServers: { [serverName]: serverAt('${CLAUDE_PLUGIN_ROOT}') } };
const claudeMarketplace = {
  name,
  owner: author,
  metadata: { description },
  plugins: [{ name, source: './', description, version }],
};

/** For versions of Codex that do not read plugin.json. https://developers.openai.com/codex/plugins/build */
const codexPlugin = {
  ...identity,
  skills: './skills/',
  mcpServers: { [serverName]: { ...serverAt('.'), cwd: '.' } },
  interface: { displayName, shortDescription: 'Run, follow and diagnose batch jobs' },
};
const codexMarketplace = {
  name,
  interface: { displayName },
  plugins: [
    {
      name,
      source: { source: 'local', path: './' },
      policy: { installation: 'AVAILABLE', authentication: 'ON_INSTALL' },
      category: 'Productivity',
    },
  ],
};

/** https://geminicli.com/docs/extensions/reference; skills are found in `skills/`. */
const geminiExtension = {
  name,
  version,
  description,
  mcpServers: { [serverName]: serverAt('${extensionPath}') },
};

const variables = [
  {
    name: 'BATCH_MCP_LOCAL',
    description: 'true: use the local engine on this machine; no account is needed.',
    format: 'boolean',
    default: 'false',
  },
  {
    name: 'BATCH_MCP_REGION',
    description: 'Region of calls that name none.',
    placeholder: 'ap-guangzhou',
  },
  {
    name: 'BATCH_MCP_READ_ONLY',
    description: 'true: list and allow only tools that read.',
    format: 'boolean',
    default: 'false',
  },
  {
    name: 'TENCENTCLOUD_SECRET_ID',
    description: 'ID of the key that signs calls to the cloud.',
    isSecret: true,
  },
  {
    name: 'TENCENTCLOUD_SECRET_KEY',
    description: 'The secret key of TENCENTCLOUD_SECRET_ID.',
    isSecret: true,
  },
  {
    name: 'TENCENTCLOUD_SESSION_TOKEN',
    description: 'Session token; only for temporary keys.',
    isSecret: true,
  },
];

/**
 * The entry in the MCP registry.
 * @param identifier the name in the npm registry; without it the entry has no packages
 * @see https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md
 */
export const registryEntryOf = (identifier: string | undefined) => ({
  $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
  name: about.mcpName,
  title: displayName,
  description:
    'Batch jobs as tools: Tencent Cloud BatchCompute, Azure Batch job termination, and a local engine.',
  version,
  ...(identifier !== undefined && {
    packages: [
      {
        registryType: 'npm',
        identifier,
        version,
        runtimeHint: 'npx',
        transport: { type: 'stdio' },
        environmentVariables: variables,
      },
    ],
  }),
});

/** File → content. */
export const packageFiles = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({
      'plugin.json': agentPlugin,
      'mcp.json': agentPluginServers,
      '.claude-plugin/plugin.json': claudePlugin,
      '.claude-plugin/marketplace.json': claudeMarketplace,
      '.codex-plugin/plugin.json': codexPlugin,
      '.agents/plugins/marketplace.json': codexMarketplace,
      'gemini-extension.json': geminiExtension,
      'server.json': registryEntryOf(publishedName),
    }).map(([file, content]) => [file, `${JSON.stringify(content, null, 2)}\n`]),
  );

/** The section of docs/hosts.md with the links by which editors add the server. */
export const installLinks = (): string => {
  const server = { command: 'node', args: ['/path/to/batch-mcp/dist/batch-mcp.js', '--local'] };
  const badge = 'https://img.shields.io/badge/VS_Code-Install_batch--mcp-0098FF';
  const vscode = vscodeLinkOf('batch-local', server);
  // GitHub does not allow links to vscode: in Markdown.
  const redirect = `https://insiders.vscode.dev/redirect?url=${encodeURIComponent(vscode)}`;
  return [
    '```text',
    `Cursor:  ${cursorLinkOf('batch-local', server)}`,
    `VS Code: ${vscode}`,
    `Badge:   [![Install in VS Code](${badge})](${redirect})`,
    '```',
  ].join('\n');
};
