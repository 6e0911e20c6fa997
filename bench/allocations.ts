/** Heap allocated by one tool call, from arguments to rendered answer, compared with the vendor SDK's call. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { batch } from 'tencentcloud-sdk-nodejs';
import { openToolService } from '../src/cli/commands/open-tool-service.ts';
import { loadConfig } from '../src/cli/config.ts';
import { createLog } from '../src/shared/log.ts';
import { isMain, type Measurement, printMeasurements } from './measurement.ts';

const program = join(import.meta.dirname, '..', 'dist', 'batch-mcp.js');
const region = 'ap-guangzhou';
const calls = 300;

/** Bytes allocated per call; exact only if nothing is collected meanwhile, so the young generation must hold it all. */
const bytesOf = async (act: () => Promise<unknown>): Promise<number> => {
  for (let call = 0; call < 100; call += 1) await act();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let call = 0; call < calls; call += 1) await act();
  return (process.memoryUsage().heapUsed - before) / calls;
};

/** Measures in this process, which was started with the flags below. @returns bytes per call: ours, theirs */
const measure = async (): Promise<readonly [number, number]> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));
  const engine = spawn(process.execPath, [program, 'engine', '--sandbox', 'none', '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [line] = await once(createInterface({ input: engine.stdout }), 'line');
    const {
      endpoint = '',
      secretId = '',
      secretKey = '',
    } = JSON.parse(String(line)) as Record<string, string>;
    const vendor = new batch.v20170312.Client({
      credential: { secretId, secretKey },
      region,
      profile: { httpProfile: { endpoint: new URL(endpoint).host, protocol: 'http://' } },
    });
    const env = { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey };
    const config = loadConfig(['--endpoint', endpoint, '--region', region, '--data-dir', dataDir], env);
    const { toolService } = await openToolService(config, createLog('error'), program);
    const caller = { name: 'bench', signal: new AbortController().signal };
    const ours = await bytesOf(() => toolService.call('DescribeJobs', {}, caller));
    const theirs = await bytesOf(() => vendor.DescribeJobs({}));
    await toolService.close();
    return [ours, theirs];
  } finally {
    engine.kill();
    await once(engine, 'exit');
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
};

// A young generation of this size holds several hundred calls without a collection.
const flags = ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512', '--import', 'tsx'];

export const benchAllocations = (): readonly Measurement[] => {
  const out = execFileSync(process.execPath, [...flags, import.meta.filename, 'measure'], {
    encoding: 'utf8',
  });
  const [ours = Number.NaN, theirs = Number.NaN] = JSON.parse(out) as number[];
  return [
    {
      what: 'one DescribeJobs, from arguments to rendered answer',
      figure: `${(ours / 1024).toFixed(0)} KiB`,
      reference: `vendor SDK without rendering ${(theirs / 1024).toFixed(0)} KiB`,
      ratio: ours / theirs,
      goal: '-',
    },
  ];
};

if (process.argv[2] === 'measure') console.log(JSON.stringify(await measure()));
else if (isMain(import.meta.url)) printMeasurements('Allocations', benchAllocations());
