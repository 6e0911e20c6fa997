/** A job's log of some gigabytes, uploaded by the vendor's SDK: its end, a range of lines and a search, in bounded memory and few requests. */
import { once } from 'node:events';
import { appendFileSync, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { openSdk } from '../test/client/cos/storage-under-test.ts';
import { memoryOf, program, startCounter, startEngine } from './files.ts';
import { isMain, type Measurement, printMeasurements } from './measurement.ts';

const region = 'ap-guangzhou';
const bucket = 'bench-1250000000';
const redirect = `cos://${bucket}.cos.${region}.myqcloud.com/logs/`;
/** The goal: a server must fit beside others on a small machine. */
const maxMegabytes = 100;
/** What the job itself prints: the API returns the end of it, by which the stored log is recognized. */
const lastLines = 100;

const lineOf = (number: number): string =>
  `2026-11-26T10:00:00Z INFO step ${String(number).padStart(9, '0')}: residual ${(number * 7919) % 10_007}`;
const wanted = 'ERROR checksum mismatch in block 77';

/** Writes numbered lines, one of them the wanted one, that end with those of the job. @returns number of the wanted line */
const writeLog = async (path: string, bytes: number): Promise<number> => {
  const file = createWriteStream(path);
  const total = Math.floor(bytes / (lineOf(0).length + 1));
  const hit = Math.floor(total * 0.9);
  for (let first = 1; first <= total; first += 10_000) {
    const lines = Array.from({ length: Math.min(10_000, total - first + 1) }, (_, at) =>
      first + at === hit ? wanted : lineOf(first + at),
    );
    if (!file.write(`${lines.join('\n')}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  appendFileSync(
    path,
    `${Array.from({ length: lastLines }, (_, at) => `last line ${at + 1} of the job`).join('\n')}\n`,
  );
  return hit;
};

/** Calls a tool of a server over the counter, and measures it. */
const connect = async (
  endpoint: string,
  keys: { readonly secretId: string; readonly secretKey: string },
  dataDir: string,
) => {
  const client = new Client({ name: 'bench', version: '0' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, '--endpoint', endpoint, '--region', region, '--data-dir', dataDir],
    env: {
      PATH: process.env.PATH ?? '',
      TENCENTCLOUD_SECRET_ID: keys.secretId,
      TENCENTCLOUD_SECRET_KEY: keys.secretKey,
    },
  });
  await client.connect(transport);
  return {
    call: async (name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> => {
      const { isError, content, structuredContent } = await client.callTool(
        { name, arguments: args },
        { timeout: 600_000 },
      );
      if (isError) throw new Error(JSON.stringify(content));
      // The server declares an object for every tool.
      return structuredContent as Record<string, unknown>;
    },
    memory: () => memoryOf(transport.pid ?? 0),
    close: () => client.close(),
  };
};

type Server = Awaited<ReturnType<typeof connect>>;

/** A job of one instance whose log is stored, and then replaced by the large one. */
const prepareJob = async (
  server: Server,
  engine: Parameters<typeof openSdk>[0],
  log: string,
): Promise<string> => {
  const Command = `i=1; while [ $i -le ${lastLines} ]; do echo "last line $i of the job"; i=$((i + 1)); done`;
  const RedirectInfo = { StdoutRedirectPath: redirect, StderrRedirectPath: redirect };
  const ComputeEnv = { EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } };
  const Application = { DeliveryForm: 'LOCAL', Command };
  const Tasks = [{ TaskName: 'work', Application, ComputeEnv, RedirectInfo }];
  const { JobId } = await server.call('SubmitJob', { Placement: { Zone: `${region}-1` }, Job: { Tasks } });
  await server.call('WaitForJob', { JobId });
  const sdk = openSdk(engine);
  const target = { Bucket: bucket, Region: region, Key: `logs/stdout.${JobId}.work.0.log` };
  await sdk
    .sliceUploadFile({ ...target, FilePath: log, ChunkSize: 16 * 1024 * 1024 })
    .catch(async (error: unknown) => {
      // On a busy machine the SDK asks a second time for the completion, which was carried out already.
      const { headers } = await sdk.headObject(target);
      if (Number(headers?.['content-length']) !== statSync(log).size) throw error;
    });
  return String(JobId);
};

interface Used {
  readonly seconds: number;
  readonly requests: number;
  readonly calls: number;
  readonly highest: number;
}

/** @param bytes size of the log */
export const benchLogs = async (bytes = 2_000_000_000): Promise<readonly Measurement[]> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));
  const engine = await startEngine(dataDir);
  const counter = await startCounter(engine.endpoint);
  const server = await connect(counter.endpoint, engine, join(dataDir, 'server'));
  try {
    const log = join(dataDir, 'large.log');
    const hit = await writeLog(log, bytes);
    const size = statSync(log).size;
    const JobId = await prepareJob(server, engine, log);
    rmSync(log);
    const target = { JobId, TaskName: 'work' };
    const before = server.memory().highest;
    const measure = async (use: () => Promise<number>): Promise<Used> => {
      counter.take();
      const begun = performance.now();
      const calls = await use();
      const seconds = (performance.now() - begun) / 1000;
      return { seconds, requests: counter.take(), calls, highest: server.memory().highest };
    };
    const expectIn = (answer: Record<string, unknown>, field: string, text: string): void => {
      if (!String(answer[field]).includes(text))
        throw new Error(`${field} lacks ${text}: ${JSON.stringify(answer)}`);
    };
    const tail = await measure(async () => {
      const answer = await server.call('ReadTaskLogs', { ...target, instances: '0', part: 'tail 20' });
      expectIn(answer, 'lines', `last line ${lastLines} of the job`);
      return 1;
    });
    const lines = await measure(async () => {
      const answer = await server.call('ReadTaskLogs', {
        ...target,
        instances: '0',
        part: 'lines 1463-1470',
      });
      expectIn(answer, 'lines', lineOf(1463));
      return 1;
    });
    const search = await measure(async () => {
      let cursor: unknown;
      for (let call = 1; ; call += 1) {
        const answer = await server.call('SearchTaskLogs', {
          ...{ ...target, pattern: 'ERROR checksum', stream: 'stdout' },
          ...(cursor !== undefined && { cursor }),
        });
        if (answer.matches !== undefined) {
          expectIn(answer, 'matches', `0 stdout:${hit}: ${wanted}`);
          return call;
        }
        cursor = answer.cursor;
        if (cursor === undefined) throw new Error('The line was not found.');
      }
    });
    const row = (what: string, { seconds, requests, calls, highest }: Used): Measurement => ({
      what: `${what} (${Math.round(size / 1e8) / 10} GB)`,
      figure: `${calls === 1 ? '' : `${calls} calls, `}${requests} requests, ${seconds.toFixed(1)} s, at most ${Math.round(highest)} MB`,
      reference: `the server before it: ${Math.round(before)} MB`,
      ratio: undefined,
      goal: `at most ${maxMegabytes} MB`,
      isMet: highest <= maxMegabytes,
    });
    return [
      row('Last 20 lines of a log', tail),
      row('Lines 1463 to 1470', lines),
      row('Search until a line at 90 %, with its number', search),
    ];
  } finally {
    await server.close();
    counter.stop();
    engine.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
};

if (isMain(import.meta.url)) printMeasurements('Logs', await benchLogs(Number(process.argv[2] ?? 2e9)));
