/** The first minute from a tarball: npx runs `batch-mcp init`, and the client starts the server that it configured. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { npm, type Packed, packPackage } from './staged.ts';

let packed: Packed;
beforeAll(() => {
  packed = packPackage();
});
afterAll(() => packed.remove());

test('npx --package=FILE.tgz batch-mcp init configures a server that a client can start, and names the tarball', async () => {
  const home = packed.folder;
  // A cache of the test: npx leaves what it installs there. The registry may be configured in the user's file.
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    npm_config_cache: join(home, 'npm'),
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), '.npmrc'),
    npm_config_registry: npm(['config', 'get', 'registry'], '.').trim(),
    npm_config_update_notifier: 'false',
  };
  const run = (args: readonly string[]): string =>
    execFileSync('npx', ['-y', `--package=${packed.file}`, 'batch-mcp', ...args], {
      cwd: home,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  try {
    const out = run(['init', '--client', 'codex', '--local', '--sandbox', 'none', '--yes']);
    expect(out).toMatch(/^ok +access/m);
    const text = readFileSync(join(home, '.codex', 'config.toml'), 'utf8');
    const { mcp_servers } = parse(text) as {
      mcp_servers: Record<string, { command: string; args: string[] }>;
    };
    const { command, args } = mcp_servers['batch-local'] ?? { command: '', args: [] };
    expect(args).toEqual(['-y', `--package=${packed.file}`, 'batch-mcp', '--local', '--sandbox=none']);
    expect(text).not.toContain('_npx');
    const client = new Client({ name: 'npx-test', version: '1.0.0' });
    await client.connect(new StdioClientTransport({ command, args, env, cwd: home, stderr: 'ignore' }));
    try {
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('SubmitJob');
    } finally {
      await client.close();
    }
  } finally {
    run(['engine', 'stop']);
  }
});
