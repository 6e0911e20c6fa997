/** Transfers that were interrupted: the next call continues them, and nothing incomplete lies under a final name. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import { object, startRefusingStorage } from '../../client/cos/refusing-storage.ts';
import { commandOf, toolboxOver } from '../harness.ts';
import { bucket, bucketUrl, callOn } from './file-tools.ts';

/** Twice what is sent before the connection stalls. */
const content = randomBytes(2_000_000);
const args = { path: `${bucketUrl}/result.bin`, to: 'results' };

/** A service that sends half of an object and then nothing, until it is told to send all of it. */
const startStallingStorage = async (content: Buffer) => {
  let isStalling = true;
  const service = await startRefusingStorage(() => (response, request, count) => {
    if (!isStalling || request.method === 'HEAD') return object(content)(response, request, count);
    response.writeHead(206, {
      etag: '"tag"',
      'content-length': content.length,
      'content-range': `bytes 0-${content.length - 1}/${content.length}`,
    });
    response.write(content.subarray(0, content.length / 2));
    return undefined;
  });
  onTestFinished(() => service.stop());
  const resume = (): void => {
    isStalling = false;
  };
  return { ...service, resume };
};

/** Such a service, and directories for servers that fetch from it. */
const startFetching = async (stored = content) => {
  const storage = await startStallingStorage(stored);
  const filesDir = mkdtempSync(join(tmpdir(), 'batch-mcp-files-'));
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-data-'));
  const services: ToolService[] = [];
  onTestFinished(async () => {
    await Promise.all(services.map((service) => service.close()));
    for (const directory of [filesDir, dataDir]) rmSync(directory, { recursive: true, force: true });
  });
  const flags = ['--files-dir', filesDir, '--buckets', bucket];
  const account = { endpoint: storage.endpoint, dataDir, secretId: 'id', secretKey: 'key' };
  const results = join(filesDir, 'results');
  return {
    storage,
    half: stored.length / 2,
    command: commandOf({ ...account, flags }),
    open: (): ToolService => {
      const service = toolboxOver(account, flags);
      services.push(service);
      return service;
    },
    names: () => readdirSync(results),
    pathOf: (name: string) => join(results, name),
    /** The range of the last request. */
    range: () => storage.received.at(-1)?.headers.range,
    expectComplete: () => expect(readFileSync(join(results, 'result.bin')).equals(stored)).toBe(true),
  };
};

test('A download whose server was killed is continued by the next one, which leaves no partial file', async () => {
  const { storage, command, open, names, range, expectComplete } = await startFetching();
  const transport = new StdioClientTransport(command);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  const killed = client.callTool(
    { name: 'FetchFiles', arguments: args },
    {
      // All of the first half has been written.
      onprogress: ({ progress }) => {
        if (progress === content.length / 2 && transport.pid !== null) process.kill(transport.pid, 'SIGKILL');
      },
    },
  );
  await expect(killed).rejects.toThrow();
  await client.close();
  expect(names()).toEqual([
    expect.stringMatching(/^\.batch-mcp-[0-9a-f]{24}-[0-9a-f]{8}-\d+-\d+-[0-9a-f]{12}\.part$/),
  ]);

  storage.resume();
  const { fields } = await callOn(open(), 'FetchFiles', args);
  expect(fields.files).toMatchObject([{ path: 'results/result.bin', size: content.length }]);
  expect(range()).toBe(`bytes=${content.length / 2}-`);
  expect(names()).toEqual(['result.bin']);
  expectComplete();
});

test('A partial file that another call is writing to is left to it', async () => {
  const { storage, open, range, expectComplete } = await startFetching();
  // Calls of one service with the same target follow each other.
  const [service, second] = [open(), open()];
  const cancelling = new AbortController();
  let other: ReturnType<typeof callOn> | undefined;
  const first = callOn(service, 'FetchFiles', args, {
    signal: cancelling.signal,
    onProgress: (done) => {
      if (done < content.length / 2 || other !== undefined) return;
      storage.resume();
      other = callOn(second, 'FetchFiles', args);
      other.finally(() => cancelling.abort());
    },
  });
  await expect(first).rejects.toThrow();
  expect((await other)?.fields.files).toMatchObject([{ size: content.length }]);
  // The second call began at the beginning.
  expect(range()).toBeUndefined();
  expectComplete();
});

const thisHost = hostname();
const otherHost = `not-${thisHost}`;
/** Above the highest process id that Linux and macOS assign. */
const unusedPid = 4_194_305;
const longAgo = new Date(Date.now() - 3_600_000);

/** Leaves half of the object in a partial file that a process of that host and id seems to write to. */
const leaveHalf = async (
  { half, open, names, pathOf }: Awaited<ReturnType<typeof startFetching>>,
  { host, pid, isSilent }: { readonly host: string; readonly pid: number; readonly isSilent: boolean },
): Promise<string> => {
  const cancelling = new AbortController();
  const cancelled = callOn(open(), 'FetchFiles', args, {
    signal: cancelling.signal,
    onProgress: (done) => {
      if (done === half) cancelling.abort();
    },
  });
  await expect(cancelled).rejects.toThrow();
  const [left = ''] = names();
  const hash = createHash('sha256').update(host).digest('hex').slice(0, 8);
  const inUse = left.replace(/\.part$/, `-${hash}-${pid}-1764150000000-0123456789ab.part`);
  renameSync(pathOf(left), pathOf(inUse));
  if (isSilent) utimesSync(pathOf(inUse), longAgo, longAgo);
  return inUse;
};

test.each([
  [
    'The partial file of a running process of this host is left to it, even if that is silent',
    thisHost,
    process.ppid,
    true,
  ],
  ['The partial file of another host is left to it while it changes', otherHost, unusedPid, false],
  [
    'The partial file of a process with the same host and id, as in containers, is left to it while it changes',
    thisHost,
    process.pid,
    false,
  ],
])('%s', async (_, host, pid, isSilent) => {
  const fetching = await startFetching();
  const inUse = await leaveHalf(fetching, { host, pid, isSilent });
  fetching.storage.resume();
  await callOn(fetching.open(), 'FetchFiles', args);
  expect(fetching.range()).toBeUndefined();
  expect(fetching.names().sort()).toEqual([inUse, 'result.bin']);
  fetching.expectComplete();
});

test.each([
  ['The partial file of a process of this host that has ended is continued', thisHost, unusedPid, false],
  [
    'The partial file of another host is continued if it has not changed for long',
    otherHost,
    process.ppid,
    true,
  ],
  [
    'The partial file of a process with the same host and id is continued if it has not changed for long',
    thisHost,
    process.pid,
    true,
  ],
])('%s', async (_, host, pid, isSilent) => {
  const fetching = await startFetching();
  await leaveHalf(fetching, { host, pid, isSilent });
  fetching.storage.resume();
  const modified: number[] = [];
  await callOn(fetching.open(), 'FetchFiles', args, {
    onProgress: (done) => {
      const [inUse = ''] = fetching.names();
      if (done > 0 && inUse.endsWith('.part')) modified.push(statSync(fetching.pathOf(inUse)).mtimeMs);
    },
  });
  expect(fetching.range()).toBe(`bytes=${content.length / 2}-`);
  expect(fetching.names()).toEqual(['result.bin']);
  fetching.expectComplete();
  // Before the first byte arrives it is marked as in use: no third process takes it.
  expect(modified[0]).toBeGreaterThan(longAgo.getTime());
});

test('The partial file of an object below 1 MiB is not looked for among the names of its directory', async () => {
  const fetching = await startFetching(content.subarray(0, 1_000_000));
  const inUse = await leaveHalf(fetching, { host: otherHost, pid: unusedPid, isSilent: true });
  fetching.storage.resume();
  await callOn(fetching.open(), 'FetchFiles', args);
  expect(fetching.range()).toBeUndefined();
  expect(fetching.names().sort()).toEqual([inUse, 'result.bin']);
  fetching.expectComplete();
});
