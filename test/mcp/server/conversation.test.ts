/** Subscriptions, prompts and completions for clients of both eras, over real pipes and a real engine. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandOf, type Era, eras, type ServeSettings, startTestEngine, until } from '../harness.ts';
import { startOverEngine, submissionOf, task } from '../workflows/over-engine.ts';

interface Update {
  readonly uri: string;
  readonly state: unknown;
}

/** A client of either era, with the operations tested here. */
interface LiveClient {
  readonly updates: readonly Update[];
  subscribe(uri: string): Promise<() => Promise<unknown>>;
  call(name: string, args: Record<string, unknown>): Promise<unknown>;
  prompts(): Promise<readonly { name: string }[]>;
  prompt(name: string, args: Record<string, string>): Promise<string>;
  complete(
    template: string,
    name: string,
    value: string,
    known: Record<string, string>,
  ): Promise<readonly string[]>;
  close(): Promise<void>;
}

const info = { name: 'live-test', version: '1.0.0' };
const updateOf = ({ uri, _meta }: { uri: string; _meta?: Record<string, unknown> | undefined }): Update => ({
  uri,
  state: _meta?.['batch-mcp/JobState'],
});
const textOf = (messages: readonly { content: object }[]): string =>
  messages.map(({ content }) => ('text' in content ? String(content.text) : '')).join('');

/** What the clients of both eras have in common. */
interface CommonClient {
  callTool(request: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  listPrompts(): Promise<{ prompts: readonly { name: string }[] }>;
  getPrompt(request: {
    name: string;
    arguments: Record<string, string>;
  }): Promise<{ messages: readonly { content: object }[] }>;
  complete(request: {
    ref: { type: 'ref/resource'; uri: string };
    argument: { name: string; value: string };
    context: { arguments: Record<string, string> };
  }): Promise<{ completion: { values: readonly string[] } }>;
  close(): Promise<void>;
}

const operationsOf = (client: CommonClient): Omit<LiveClient, 'updates' | 'subscribe'> => ({
  call: (name, args) => client.callTool({ name, arguments: args }),
  prompts: async () => (await client.listPrompts()).prompts,
  prompt: async (name, args) => textOf((await client.getPrompt({ name, arguments: args })).messages),
  complete: async (uri, name, value, known) => {
    const request = { argument: { name, value }, context: { arguments: known } };
    return (await client.complete({ ref: { type: 'ref/resource', uri }, ...request })).completion.values;
  },
  close: () => client.close(),
});

const connectLegacy = async (settings: ServeSettings): Promise<LiveClient> => {
  const client = new LegacyClient(info);
  const updates: Update[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    updates.push(updateOf(params));
  });
  await client.connect(new LegacyTransport(commandOf(settings)));
  return {
    updates,
    subscribe: async (uri) => {
      await client.subscribeResource({ uri });
      return () => client.unsubscribeResource({ uri });
    },
    ...operationsOf(client),
  };
};

const connectModern = async (settings: ServeSettings): Promise<LiveClient> => {
  const client = new ModernClient(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const updates: Update[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
    updates.push(updateOf(params));
  });
  await client.connect(new ModernTransport(commandOf(settings)));
  return {
    updates,
    subscribe: async (uri) => {
      const listening = await client.listen({ resourceSubscriptions: [uri] });
      return () => listening.close();
    },
    ...operationsOf(client),
  };
};

const connect = (era: Era, settings: ServeSettings) =>
  era === 'legacy' ? connectLegacy(settings) : connectModern(settings);

/** A local server that delays the download of a package, so a task stays STARTING. */
const startPackages = async (dir: string) => {
  await writeFile(join(dir, 'data.txt'), 'from the package');
  execFileSync('tar', ['-czf', join(dir, 'package.tgz'), '-C', dir, 'data.txt']);
  const archive = await readFile(join(dir, 'package.tgz'));
  const waiting: (() => void)[] = [];
  const server = createServer((_, response) => waiting.push(() => response.end(archive)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/package.tgz`,
    release: () => {
      for (const answer of waiting.splice(0)) answer();
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

let over: Awaited<ReturnType<typeof startOverEngine>>;
let dir: string;
let packages: Awaited<ReturnType<typeof startPackages>>;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'batch-mcp-live-'));
  packages = await startPackages(dir);
  over = await startOverEngine(() => startTestEngine({ packagePorts: [packages.port] }));
});
afterAll(async () => {
  packages.stop();
  await over.stop();
  await rm(dir, { recursive: true, force: true });
});

describe.each(eras)('a %s client', (era) => {
  let client: LiveClient;
  beforeAll(async () => {
    client = await connect(era, { ...over.engine });
  });
  afterAll(() => client.close());
  const notified = (uri: string) =>
    client.updates.filter((update) => update.uri === uri).map(({ state }) => state);

  test('is notified of STARTING, RUNNING and SUCCEED once each, with at most one poll per second', async () => {
    const go = join(dir, `go-${era}`);
    const JobId = await over.submit(
      submissionOf([
        task('work', '', {
          Application: {
            DeliveryForm: 'PACKAGE',
            PackagePath: packages.url,
            Command: `cat data.txt; until [ -e ${go} ]; do sleep 0.05; done`,
          },
        }),
      ]),
    );
    await over.run('WaitForJob', { JobId, until: ['STARTING'] });
    const uri = `batch://ap-guangzhou/jobs/${JobId}`;
    const looks = () => over.engine.requests.filter(({ action }) => action === 'DescribeJob').length;
    const before = looks();
    const begun = Date.now();
    await client.subscribe(uri);
    const heard = (states: readonly string[]) =>
      until(
        async () => notified(uri),
        (seen) => seen.length >= states.length,
      );
    await heard(['STARTING']);
    packages.release();
    await heard(['STARTING', 'RUNNING']);
    await writeFile(go, '');
    await heard(['STARTING', 'RUNNING', 'SUCCEED']);
    // Timers may fire a millisecond early, so polls may be slightly less than a second apart.
    expect((looks() - before - 1) * 990).toBeLessThanOrEqual(Date.now() - begun);
    expect(notified(uri)).toEqual(['STARTING', 'RUNNING', 'SUCCEED']);
  });

  test('receives no notifications after it has unsubscribed', async () => {
    const first = await over.submit(submissionOf([task('work', 'sleep 600')]));
    await over.run('WaitForJob', { JobId: first, until: ['RUNNING'] });
    const uri = `batch://ap-guangzhou/jobs/${first}`;
    const stop = await client.subscribe(uri);
    await until(
      async () => notified(uri),
      (seen) => seen.length > 0,
    );
    await stop();
    await over.call('TerminateJob', { JobId: first });
    // While another job ends, a poller of the first job would have polled.
    const second = await over.finish(submissionOf([task('work', 'true')]));
    const other = `batch://ap-guangzhou/jobs/${second}`;
    await client.subscribe(other);
    await until(
      async () => notified(other),
      (seen) => seen.includes('SUCCEED'),
    );
    expect(notified(uri)).toEqual(['RUNNING']);
  });

  test('is notified of a finished job that it retries', async () => {
    const flag = join(dir, `second-${era}`);
    const JobId = await over.finish(submissionOf([task('work', `[ -e ${flag} ]`)]));
    const uri = `batch://ap-guangzhou/jobs/${JobId}`;
    await client.subscribe(uri);
    await until(
      async () => notified(uri),
      (seen) => seen.length === 1,
    );
    await writeFile(flag, '');
    await client.call('RetryJobs', { JobIds: [JobId] });
    await until(
      async () => notified(uri),
      (seen) => seen.includes('SUCCEED'),
    );
    expect(notified(uri)[0]).toBe('FAILED');
  });

  test('lists six prompts and gets one with its arguments', async () => {
    expect((await client.prompts()).length).toBe(6);
    expect(await client.prompt('watch-job', { JobId: 'job-aaaaaaaa' })).toContain('Follow job-aaaaaaaa');
    await expect(client.prompt('watch-job', {})).rejects.toThrow('watch-job needs JobId.');
    await expect(client.prompt('nothing', {})).rejects.toThrow('There is no prompt "nothing" here.');
  });

  test('completes the variables of a resource template', async () => {
    const JobId = await over.finish(submissionOf([task('render', 'true', { TaskInstanceNum: 3 })]));
    const template = 'batch://{Region}/jobs/{JobId}/tasks/{TaskName}/instances/{Index}/stdout';
    const known = { Region: 'ap-guangzhou', JobId, TaskName: 'render' };
    expect(await client.complete(template, 'Region', 'ap-gu', {})).toEqual(['ap-guangzhou']);
    expect(await client.complete(template, 'TaskName', 're', { Region: known.Region, JobId })).toEqual([
      'render',
    ]);
    expect(await client.complete(template, 'Index', '', known)).toEqual(['0', '1', '2']);
    expect(await client.complete('batch-azure://jobs/{JobId}', 'JobId', '', {})).toEqual([]);
  });
});

test('a legacy client that subscribes to another resource receives an error', async () => {
  const client = await connectLegacy({ ...over.engine });
  await expect(client.subscribe('batch://ap-guangzhou/jobs')).rejects.toThrow(
    'and the logs of their instances support subscriptions',
  );
  await client.close();
});
