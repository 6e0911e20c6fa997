/** Transfers whose server is killed: the next server continues them, and nothing incomplete lies under a final name. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import { object, startRefusingStorage } from '../../client/cos/refusing-storage.ts';
import { commandOf, toolboxOver } from '../harness.ts';
import { bucket, bucketUrl, callOn } from './file-tools.ts';

/** Twice what is sent before the connection stalls. */
const content = randomBytes(2_000_000);

/** A service that sends half of an object and then nothing, until it is told to send all of it. */
const startStallingStorage = async () => {
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

test('A download whose server was killed is continued by the next one, which leaves no partial file', async () => {
  const storage = await startStallingStorage();
  const filesDir = mkdtempSync(join(tmpdir(), 'batch-mcp-files-'));
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-data-'));
  onTestFinished(() => {
    for (const directory of [filesDir, dataDir]) rmSync(directory, { recursive: true, force: true });
  });
  const flags = ['--files-dir', filesDir, '--buckets', bucket];
  const account = { endpoint: storage.endpoint, dataDir, secretId: 'id', secretKey: 'key' };
  const transport = new StdioClientTransport(commandOf({ ...account, flags }));
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  const args = { path: `${bucketUrl}/result.bin`, to: 'results' };
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
  expect(readdirSync(join(filesDir, 'results'))).toEqual([
    expect.stringMatching(/^\.batch-mcp-[0-9a-f]{24}-\d+-\d+-[0-9a-f]{12}\.part$/),
  ]);

  storage.resume();
  const service = toolboxOver(account, flags);
  onTestFinished(() => service.close());
  const { fields } = await callOn(service, 'FetchFiles', args);
  expect(fields.files).toMatchObject([{ path: 'results/result.bin', size: content.length }]);
  expect(storage.received.at(-1)?.headers.range).toBe(`bytes=${content.length / 2}-`);
  expect(readdirSync(join(filesDir, 'results'))).toEqual(['result.bin']);
  expect(readFileSync(join(filesDir, 'results/result.bin')).equals(content)).toBe(true);
});

test('A partial file that another call is writing to is left to it', async () => {
  const storage = await startStallingStorage();
  const filesDir = mkdtempSync(join(tmpdir(), 'batch-mcp-files-'));
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-data-'));
  const account = { endpoint: storage.endpoint, dataDir, secretId: 'id', secretKey: 'key' };
  // Calls of one service with the same target follow each other.
  const open = () => toolboxOver(account, ['--files-dir', filesDir, '--buckets', bucket]);
  const [service, second] = [open(), open()];
  onTestFinished(async () => {
    await Promise.all([service.close(), second.close()]);
    for (const directory of [filesDir, dataDir]) rmSync(directory, { recursive: true, force: true });
  });
  const args = { path: `${bucketUrl}/result.bin`, to: 'results' };
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
  expect(storage.received.at(-1)?.headers.range).toBeUndefined();
  expect(readFileSync(join(filesDir, 'results/result.bin')).equals(content)).toBe(true);
});
