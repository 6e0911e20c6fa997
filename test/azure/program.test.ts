/** The built program against the test service: on the command line, and in a session of each protocol era. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import { program } from '../paths.ts';
import { type AzureService, accountKey, accountName, startAzureService } from './azure-service.ts';

let dataDir: string;
let service: AzureService;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-azure-'));
  service = await startAzureService();
  // The program uses the machine's clock.
  service.setNow(Date.now());
  service.account.addJob({
    id: 'render-7',
    readsUntilCompleted: 0,
    tasks: [{ id: 'a', state: 'running', files: { 'stdout.txt': 'frame 1\n' } }, { id: 'b' }],
  });
});
afterEach(async () => {
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

const plain = () => ({ PATH: process.env.PATH ?? '', HOME: dataDir, BATCH_MCP_DATA_DIR: dataDir });
const withAzure = () => ({
  ...plain(),
  AZURE_BATCH_ENDPOINT: service.endpoint,
  AZURE_BATCH_ACCOUNT: accountName,
  AZURE_BATCH_ACCESS_KEY: accountKey,
});
/** Runs the program. @returns exit code and output, as JSON */
const run = (env: Record<string, string>, ...args: readonly string[]) =>
  new Promise<{ readonly code: number; readonly out: unknown; readonly text: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { env, timeout: 120_000 },
      (error, out, err) =>
        resolve({
          code: typeof error?.code === 'number' ? error.code : error ? -1 : 0,
          out: out === '' ? undefined : JSON.parse(out),
          text: out + err,
        }),
    );
    child.stdin?.end();
  });
const azureNames = (listed: unknown) =>
  (listed as readonly { name: string }[]).map(({ name }) => name).filter((name) => name.startsWith('Azure'));

describe('the built program with Azure Batch', () => {
  test('the Azure tools are listed only if an endpoint is configured', async () => {
    expect(azureNames((await run(plain(), 'tools')).out)).toEqual([]);
    expect(azureNames((await run(withAzure(), 'tools')).out)).toHaveLength(7);
    expect(azureNames((await run(withAzure(), 'tools', '--read-only')).out)).toEqual([
      'AzureListJobs',
      'AzureGetJob',
      'AzureListTasks',
      'AzureReadTaskFile',
    ]);
    expect(service.log).toEqual([]);
  });

  test('WhatIf on the command line shows the request and sends nothing', async () => {
    const { code, out, text } = await run(
      withAzure(),
      'call',
      'AzureTerminateJob',
      '{"JobId":"render-7","WhatIf":true}',
    );
    expect({ code, out }).toMatchObject({
      code: 0,
      out: {
        summary: 'WhatIf: this is the request that would be sent. Nothing was sent.',
        method: 'POST',
        url: `${service.endpoint}/jobs/render-7/terminate?api-version=2025-06-01`,
      },
    });
    expect(text).not.toMatch(/SharedKey|authorization/i);
    expect(service.log).toEqual([]);
  });

  test('a termination on the command line is a preview unless --confirm is none', async () => {
    const args = ['call', 'AzureTerminateJob', '{"JobId":"render-7","TerminationReason":"over budget"}'];
    const shown = await run(withAzure(), ...args);
    expect(shown.code).toBe(1);
    expect(service.log.filter(({ method }) => method === 'POST')).toEqual([]);
    const done = await run(withAzure(), ...args, '--confirm', 'none');
    expect(done).toMatchObject({ code: 0, out: { accepted: true, terminateReason: 'over budget' } });
  });

  test('neither the key nor an invalid endpoint is printed', async () => {
    const wrong = { ...withAzure(), AZURE_BATCH_ENDPOINT: 'http://evil.example' };
    const { code, text } = await run(wrong, 'call', 'AzureListJobs');
    expect(code).not.toBe(0);
    expect(text).toContain('it must begin with https://');
    expect(text).not.toContain(accountKey);
    expect((await run(withAzure(), 'read', 'batch-azure://jobs/absent')).code).toBe(1);
  });
});

type Elicit = (params: { readonly message: string }) => {
  action: 'accept' | 'decline';
  content?: { id: string };
};
type Session = {
  call(name: string, args: Fields): Promise<Fields>;
  read(uri: string): Promise<unknown>;
  close(): Promise<void>;
};

const transport = () => ({ command: process.execPath, args: [program], env: withAzure() });
const fieldsOf = (result: object): Fields =>
  'structuredContent' in result ? (result.structuredContent as Fields) : {};

const connect: Record<'legacy' | 'modern', (elicit?: Elicit) => Promise<Session>> = {
  legacy: async (elicit) => {
    const client = new LegacyClient(
      { name: 'legacy', version: '1' },
      { capabilities: elicit ? { elicitation: {} } : {} },
    );
    if (elicit) client.setRequestHandler(ElicitRequestSchema, async ({ params }) => elicit(params));
    await client.connect(new LegacyTransport(transport()));
    return {
      call: async (name, args) => fieldsOf(await client.callTool({ name, arguments: args })),
      read: async (uri) => (await client.readResource({ uri })).contents[0],
      close: () => client.close(),
    };
  },
  modern: async (elicit) => {
    const client = new ModernClient(
      { name: 'modern', version: '1' },
      {
        capabilities: elicit ? { elicitation: { form: {} } } : {},
        versionNegotiation: { mode: { pin: '2026-07-28' } },
      },
    );
    if (elicit) {
      client.setRequestHandler('elicitation/create', async ({ params }) =>
        elicit({ message: params.message }),
      );
    }
    await client.connect(new ModernTransport(transport()));
    return {
      call: async (name, args) => fieldsOf(await client.callTool({ name, arguments: args })),
      read: async (uri) => (await client.readResource({ uri })).contents[0],
      close: () => client.close(),
    };
  },
};

describe.each(['legacy', 'modern'] as const)('one session of the %s era', (era) => {
  const args = { JobId: 'render-7', TerminationReason: 'over budget', wait: true };
  const posts = () => service.log.filter(({ method }) => method === 'POST');

  test('preview, confirmation and wait end a job, and its reason can be read', async () => {
    const session = await connect[era]();
    const shown = await session.call('AzureTerminateJob', args);
    expect(shown.preview).toMatchObject({ impact: { running: 1, active: 1 } });
    expect(posts()).toEqual([]);
    const { code } = shown.preview as { code: string };
    // The code is bound to the call, and Force makes it a different call.
    await session.call('AzureTerminateJob', { ...args, Force: true, confirm: true, preview: code });
    expect(posts()).toEqual([]);
    const fresh = (await session.call('AzureTerminateJob', args)).preview as { code: string };
    const ended = await session.call('AzureTerminateJob', { ...args, confirm: true, preview: fresh.code });
    expect(ended).toMatchObject({ accepted: true, stateNow: 'completed', terminateReason: 'over budget' });
    expect(posts()).toHaveLength(1);
    const job = await session.call('AzureGetJob', { JobId: 'render-7' });
    expect(job).toMatchObject({ state: 'completed', executionInfo: { terminateReason: 'over budget' } });
    const file = await session.read('batch-azure://jobs/render-7/tasks/a/files/stdout.txt');
    expect(file).toMatchObject({ mimeType: 'text/plain', text: expect.stringContaining('frame 1') });
    await expect(session.read('batch-azure://jobs/absent')).rejects.toThrow();
    await session.close();
  });

  test('a user who is asked types the id, and with Force also the word force', async () => {
    const typed: string[] = [];
    const asked: string[] = [];
    const session = await connect[era](({ message }) => {
      asked.push(message);
      return { action: 'accept', content: { id: typed.shift() ?? '' } };
    });
    typed.push('render-7');
    await session.call('AzureTerminateJob', { ...args, Force: true, confirm: true });
    expect(posts()).toEqual([]);
    typed.push('render-7');
    const ended = await session.call('AzureTerminateJob', { ...args, confirm: true });
    expect(ended).toMatchObject({ accepted: true, terminateReason: 'over budget' });
    service.account.addJob({ id: 'hangs' });
    typed.push('force hangs');
    const forced = await session.call('AzureTerminateJob', { JobId: 'hangs', Force: true, confirm: true });
    expect(forced).toMatchObject({ accepted: true });
    expect(posts().map(({ query }) => query.force)).toEqual([undefined, 'true']);
    expect(asked).toHaveLength(3);
    await session.close();
  });
});
