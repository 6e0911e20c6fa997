/**
 * The package installed from its tarball into an empty folder, on each supported Node version, with and without its
 * optional dependencies. Skipped if a Node version is available neither from the registry nor from the npm cache.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTools, listOf } from '../../src/mcp/registry/tools.ts';
import { about, npm, type Packed, packPackage } from './staged.ts';

/** Tools that need neither a bucket nor an account of Azure. */
const listedTools = listOf(createTools(), 'compact').filter(
  ({ group }) => group !== 'file' && group !== 'azure',
).length;

let packed: Packed;
beforeAll(() => {
  packed = packPackage();
});
afterAll(() => packed.remove());

/** The environment in which `node` and `npx` have this version, or undefined if it is unavailable. */
const environmentOf = (major: number): Record<string, string> | undefined => {
  const path = process.env.PATH ?? '';
  try {
    const node =
      process.versions.node.split('.')[0] === String(major)
        ? process.execPath
        : npm(
            ['exec', '--yes', `--package=node@${major}`, '--', 'node', '-p', 'process.execPath'],
            '.',
          ).trim();
    return { PATH: `${dirname(node)}${delimiter}${path}` };
  } catch {
    return undefined;
  }
};

const job = {
  Placement: { Zone: 'ap-guangzhou-3' },
  Job: {
    JobName: 'installed',
    Tasks: [
      {
        TaskName: 'greet',
        Application: { DeliveryForm: 'LOCAL', Command: 'echo hello' },
        ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } },
      },
    ],
  },
};

interface Result {
  readonly version: string;
  readonly tools: number;
  /** Final state of a job on the local engine, or the error text of SubmitJob. */
  readonly submit: string;
}

/** Installs the package, prints its version, and connects a client that submits a job. */
const useIn = async (
  folder: string,
  env: Record<string, string>,
  extra: readonly string[],
): Promise<Result> => {
  mkdirSync(folder);
  npm(['init', '--yes'], folder, env);
  npm(['install', packed.file, '--prefer-offline', '--no-audit', '--no-fund', ...extra], folder, env);
  const run = (args: readonly string[]) =>
    execFileSync('npx', ['--no-install', 'batch-mcp', ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: process.platform === 'win32',
    });
  const dataDir = join(folder, 'data');
  const client = new Client({ name: 'install-test', version: '1.0.0' });
  const args = ['--no-install', 'batch-mcp', '--local', '--sandbox', 'none', '--data-dir', dataDir];
  const home = { HOME: process.env.HOME ?? '' };
  await client.connect(
    new StdioClientTransport({
      command: 'npx',
      args,
      cwd: folder,
      env: { ...home, ...env },
      stderr: 'ignore',
    }),
  );
  try {
    const { tools } = await client.listTools();
    const { content, structuredContent } = await client.callTool({ name: 'SubmitJob', arguments: job });
    const [first] = content;
    const { JobId } = structuredContent as { JobId?: string };
    const ended =
      JobId === undefined ? undefined : await client.callTool({ name: 'WaitForJob', arguments: { JobId } });
    const submit = ended?.structuredContent ?? (first?.type === 'text' ? first.text : '');
    return {
      version: run(['--version']).trim(),
      tools: tools.length,
      submit: typeof submit === 'string' ? submit : String((submit as { JobState?: string }).JobState),
    };
  } finally {
    await client.close();
    try {
      run(['engine', 'stop', '--data-dir', dataDir]);
    } catch {
      // No engine could be started.
    }
  }
};

describe.each([20, 22, 24])('the package installed from its tarball on Node %i', (major) => {
  const env = environmentOf(major);
  const testIfAvailable = test.skipIf(env === undefined);

  testIfAvailable('lists its tools and runs a job', async () => {
    expect(await useIn(join(packed.folder, `${major}-whole`), env ?? {}, [])).toEqual({
      version: about.version,
      tools: listedTools,
      submit: 'SUCCEED',
    });
  });

  testIfAvailable(
    'lacks only the local engine of Node 20 without optional dependencies, and the error says so',
    async () => {
      const result = await useIn(join(packed.folder, `${major}-bare`), env ?? {}, ['--omit=optional']);
      const missing = /This Node has no built-in SQLite .*?`--omit=optional`\./.exec(result.submit)?.[0];
      expect({ ...result, submit: missing ?? result.submit }).toEqual({
        version: about.version,
        tools: listedTools,
        submit:
          major === 20
            ? 'This Node has no built-in SQLite and the package `@photostructure/sqlite` is not installed. Use Node 22.13 or newer, or install without `--omit=optional`.'
            : 'SUCCEED',
      });
    },
  );

  testIfAvailable('runs its demo to the end', () => {
    const folder = join(packed.folder, `${major}-whole`);
    const out = execFileSync('npx', ['--no-install', 'batch-mcp', 'demo'], {
      cwd: folder,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(out).toMatch(/Done in [\d.]+ s\./);
  });
});
