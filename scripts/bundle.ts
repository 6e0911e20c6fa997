/** Builds batch-mcp.mcpb, the bundle that desktop clients install: `npm run bundle`. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packExtension } from '@anthropic-ai/mcpb';
import { createTools, listOf } from '../src/mcp/registry/tools.ts';

const root = join(import.meta.dirname, '..');

/** Settings that the client asks the user for, each passed as an environment variable. Empty counts as unset. */
const settings = {
  local: {
    variable: 'BATCH_MCP_LOCAL',
    type: 'boolean',
    title: 'Use the local engine',
    description:
      'Jobs run on this machine; no account is needed. Off: they run in the cloud, with the keys below.',
    default: true,
  },
  sandbox: {
    variable: 'BATCH_MCP_SANDBOX',
    type: 'string',
    title: 'Sandbox of the local engine',
    description:
      'auto: jobs run in a sandbox; if none is available they are refused. none: jobs run as ordinary processes of the user.',
    default: 'auto',
  },
  read_only: {
    variable: 'BATCH_MCP_READ_ONLY',
    type: 'boolean',
    title: 'Read only',
    description: 'List and allow only tools that read.',
    default: false,
  },
  region: {
    variable: 'BATCH_MCP_REGION',
    type: 'string',
    title: 'Region',
    description: 'Region of calls that name none.',
    default: 'ap-guangzhou',
  },
  secret_id: {
    variable: 'TENCENTCLOUD_SECRET_ID',
    type: 'string',
    title: 'SecretId',
    description: 'ID of the key that signs calls to the cloud. Not needed with the local engine.',
    default: '',
    sensitive: true,
  },
  secret_key: {
    variable: 'TENCENTCLOUD_SECRET_KEY',
    type: 'string',
    title: 'SecretKey',
    description: 'The secret key of SecretId.',
    default: '',
    sensitive: true,
  },
} as const;

/** The manifest, from package.json, the settings above and the tool list. */
const manifestOf = (about: Readonly<Record<string, unknown>>) => ({
  manifest_version: '0.4',
  name: about.name,
  display_name: 'Batch computing',
  version: about.version,
  description: about.description,
  author: { name: 'The batch-mcp authors' },
  license: about.license,
  keywords: about.keywords,
  server: {
    type: 'node',
    entry_point: 'dist/batch-mcp.js',
    mcp_config: {
      command: 'node',
      args: ['${__dirname}/dist/batch-mcp.js'],
      env: Object.fromEntries(
        Object.entries(settings).map(([name, { variable }]) => [variable, `\${user_config.${name}}`]),
      ),
    },
  },
  // The tools of files need a directory or a bucket, for which the bundle has no setting.
  tools: listOf(createTools(), 'compact')
    .filter(({ group }) => group !== 'file')
    .map(({ tool }) => ({ name: tool.name, description: tool.description })),
  prompts_generated: true,
  compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: '>=20.19.0' } },
  user_config: Object.fromEntries(
    Object.entries(settings).map(([name, { variable: _, ...setting }]) => [
      name,
      { ...setting, required: false },
    ]),
  ),
});

/**
 * Writes the contents of the bundle: manifest, program, skills, licence and README.
 * @param folder an empty directory
 */
export const stageBundle = (folder: string): void => {
  execFileSync(
    process.execPath,
    ['--import', 'tsx', join(root, 'scripts', 'build.ts'), '--outdir', join(folder, 'dist')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifestOf(about), null, 2)}\n`);
  // Without "type": "module" Node would read the program as CommonJS.
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: about.name, type: 'module' }));
  for (const name of ['LICENSE', 'README.md', 'skills']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
};

/** @throws if the manifest is invalid; the packer prints the reason */
export const bundle = async (outputPath: string): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-bundle-'));
  try {
    stageBundle(folder);
    const isPacked = await packExtension({ extensionPath: folder, outputPath, silent: true });
    if (!isPacked) throw new Error('The bundle could not be built.');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

if (import.meta.filename === process.argv[1]) {
  await bundle(join(root, 'batch-mcp.mcpb'));
  console.log('batch-mcp.mcpb');
}
