/** A large object that the vendor's SDK has uploaded: its end is read, it is fetched and staged, in bounded memory and few requests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { openSdk } from '../test/client/cos/storage-under-test.ts';
import { isMain, type Measurement, printMeasurements } from './measurement.ts';

export const program = join(import.meta.dirname, '..', 'dist', 'batch-mcp.js');
const bucket = 'bench-1250000000';
const region = 'ap-guangzhou';
const url = `cos://${bucket}.cos.${region}.myqcloud.com`;
/** The goal of every use: a server must fit beside others on a small machine. */
const maxMegabytes = 100;

/** Passes requests on to the engine and counts them. */
export const startCounter = async (origin: string) => {
  let requests = 0;
  const server = createServer((incoming, outgoing) => {
    requests += 1;
    const { method, headers } = incoming;
    const forwarded = request(`${origin}${incoming.url ?? '/'}`, { method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a host and a port has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    /** Requests since the last call. */
    take: () => {
      const taken = requests;
      requests = 0;
      return taken;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** Megabytes of memory: at present, and the highest since the start. Linux only. */
export const memoryOf = (pid: number): { readonly now: number; readonly highest: number } => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytesOf = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  return { now: megabytesOf('VmRSS'), highest: megabytesOf('VmHWM') };
};

/** A log of numbered lines. */
const writeLog = async (path: string, bytes: number): Promise<void> => {
  const file = createWriteStream(path);
  let written = 0;
  for (let block = 0; written < bytes; block += 1) {
    const lines = Array.from(
      { length: 10_000 },
      (_, line) =>
        `2026-11-26T10:00:00Z INFO step ${block * 10_000 + line}: residual ${(line * 7919) % 10_007}`,
    );
    const text = `${lines.join('\n')}\n`;
    written += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
};

export const startEngine = async (dataDir: string) => {
  const engine: ChildProcess = spawn(
    process.execPath,
    [program, 'engine', '--sandbox', 'none', '--data-dir', dataDir],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  if (engine.stdout === null) throw new Error('The engine has no output.');
  const [line] = await once(createInterface({ input: engine.stdout }), 'line');
  const keys = JSON.parse(String(line)) as { endpoint: string; secretId: string; secretKey: string };
  return { ...keys, pid: engine.pid ?? 0, stop: () => engine.kill() };
};

/** @param bytes size of the object */
export const benchFiles = async (bytes = 2_000_000_000): Promise<readonly Measurement[]> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));
  const filesDir = join(dataDir, 'files');
  mkdirSync(filesDir);
  const engine = await startEngine(dataDir);
  const counter = await startCounter(engine.endpoint);
  const client = new Client({ name: 'bench', version: '0' });
  const log = join(filesDir, 'large.log');
  try {
    await writeLog(log, bytes);
    const sdk = openSdk(engine);
    const target = { Bucket: bucket, Region: region, Key: 'large.log' };
    await sdk.sliceUploadFile({ ...target, FilePath: log, ChunkSize: 16 * 1024 * 1024 });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [
        ...[
          program,
          '--endpoint',
          counter.endpoint,
          '--region',
          region,
          '--data-dir',
          join(dataDir, 'server'),
        ],
        ...['--files-dir', filesDir, '--buckets', bucket],
      ],
      env: {
        PATH: process.env.PATH ?? '',
        TENCENTCLOUD_SECRET_ID: engine.secretId,
        TENCENTCLOUD_SECRET_KEY: engine.secretKey,
      },
    });
    await client.connect(transport);
    const pid = transport.pid ?? 0;
    /** One call: its seconds, its requests, and the highest memory of the server so far. */
    const measure = async (name: string, args: Record<string, unknown>) => {
      counter.take();
      const begun = performance.now();
      const { isError, content } = await client.callTool({ name, arguments: args }, { timeout: 600_000 });
      if (isError) throw new Error(JSON.stringify(content));
      const seconds = (performance.now() - begun) / 1000;
      return { seconds, requests: counter.take(), ...memoryOf(pid) };
    };
    const list = await measure('ListStoredFiles', { path: `${url}/` });
    const tail = await measure('ReadStoredFile', { path: `${url}/large.log`, offset: -65_536 });
    const fetched = await measure('FetchFiles', { path: `${url}/large.log`, to: 'fetched', maxMb: 50_000 });
    rmSync(join(filesDir, 'fetched'), { recursive: true });
    const byVendor = await timeOf(() =>
      sdk.getObject({ ...target, Output: createWriteStream(join(filesDir, 'vendor.log')) }),
    );
    rmSync(join(filesDir, 'vendor.log'));
    const staged = await measure('StageFiles', { from: 'large.log', to: `${url}/staged.log`, maxMb: 50_000 });
    const size = `${Math.round(bytes / 1e8) / 10} GB`;
    const measurementOf = (what: string, { seconds, requests, highest }: typeof tail, reference = '-') => ({
      what: `${what} (${size})`,
      figure: `${requests} requests, ${seconds.toFixed(1)} s, at most ${Math.round(highest)} MB`,
      reference,
      ratio: undefined,
      goal: `at most ${maxMegabytes} MB`,
      isMet: highest <= maxMegabytes,
    });
    return [
      measurementOf('Last 64 KiB read', tail, `the server before it: ${Math.round(list.highest)} MB`),
      measurementOf('Fetched and verified', fetched, `SDK without verification: ${byVendor.toFixed(1)} s`),
      measurementOf('Staged in parts', staged),
    ];
  } finally {
    await client.close();
    counter.stop();
    engine.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
};

const timeOf = async (act: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await act();
  return (performance.now() - begun) / 1000;
};

if (isMain(import.meta.url)) printMeasurements('Files', await benchFiles(Number(process.argv[2] ?? 2e9)));
