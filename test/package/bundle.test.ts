/** The bundle for desktop clients: built, unpacked, validated by the vendor's tool, and started as a client does. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  getMcpConfigForManifest,
  type McpbManifestAny,
  unpackExtension,
  validateManifest,
} from '@anthropic-ai/mcpb';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../scripts/bundle.ts';
import { about } from './staged.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-bundle-test-'));
const unpacked = join(folder, 'unpacked');
let manifest: McpbManifestAny;
beforeAll(async () => {
  const mcpbPath = join(folder, 'batch-mcp.mcpb');
  await bundle(mcpbPath);
  expect(await unpackExtension({ mcpbPath, outputDir: unpacked, silent: true })).toBe(true);
  manifest = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** The command that a client runs with these user settings. */
const configFor = (userConfig: Readonly<Record<string, string | boolean>>) =>
  getMcpConfigForManifest({
    manifest,
    extensionPath: unpacked,
    systemDirs: {},
    userConfig: { ...userConfig },
    pathSeparator: '/',
  });

test('the bundle manifest is valid and has the version of the package', () => {
  expect(validateManifest(join(unpacked, 'manifest.json'))).toBe(true);
  expect(manifest.version).toBe(about.version);
});

test('the bundle manifest contains no keys and marks key settings as sensitive', async () => {
  const asked = Object.entries(manifest.user_config ?? {});
  expect(
    asked.filter(([, { sensitive }]) => sensitive).map(([name, { default: preset }]) => [name, preset]),
  ).toEqual([
    ['secret_id', ''],
    ['secret_key', ''],
  ]);
  expect(await configFor({ local: false, secret_id: 'AKIDexample', secret_key: 'example' })).toEqual({
    command: 'node',
    args: [`${unpacked}/dist/batch-mcp.js`],
    env: {
      BATCH_MCP_LOCAL: 'false',
      BATCH_MCP_SANDBOX: 'auto',
      BATCH_MCP_READ_ONLY: 'false',
      BATCH_MCP_REGION: 'ap-guangzhou',
      TENCENTCLOUD_SECRET_ID: 'AKIDexample',
      TENCENTCLOUD_SECRET_KEY: 'example',
    },
  });
});

/** Starts the program of the bundle with these user settings. */
const connectWith = async (userConfig: Readonly<Record<string, string | boolean>>): Promise<Client> => {
  const config = await configFor(userConfig);
  const client = new Client({ name: 'bundle-test', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: config?.args ?? [],
      env: { ...config?.env, PATH: process.env.PATH ?? '', HOME: folder },
    }),
  );
  return client;
};

test('the bundle starts without settings and lists the tools of its manifest', async () => {
  const client = await connectWith({});
  try {
    const { tools } = await client.listTools();
    expect(tools.map(({ name, description }) => ({ name, description }))).toEqual(manifest.tools);
  } finally {
    await client.close();
  }
});

test('the bundle contains what a script needs', async () => {
  const client = await connectWith({ read_only: true });
  try {
    const { structuredContent } = await client.callTool({
      name: 'RunScript',
      arguments: { script: 'return [1, 2, 3].reduce((a, b) => a + b)' },
    });
    expect(structuredContent).toMatchObject({ result: 6 });
  } finally {
    await client.close();
  }
});
