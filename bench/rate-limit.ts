/** A burst of reads at the documented rates: none is rejected, and it takes no longer than the rates require. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActionName, actions } from '../src/catalogue/index.ts';
import { createBatchClient } from '../src/client/batch-client.ts';
import { fixedCredentials } from '../src/client/credentials/credentials.ts';
import { endpointOf } from '../src/client/endpoints.ts';
import { networkOf } from '../src/client/network.ts';
import { createProcessState } from '../src/client/process-state.ts';
import { createTransport } from '../src/client/transport.ts';
import { startEngine } from '../src/engine/index.ts';
import { isMain, type Measurement, printMeasurements } from './measurement.ts';

/** Reads that need no id, at rates of 2, 5 and 20 calls per second. */
const reads = [
  'DescribeJobs',
  'DescribeTaskTemplates',
  'DescribeComputeEnvs',
  'DescribeComputeEnvCreateInfos',
  'DescribeAvailableCvmInstanceTypes',
  'DescribeCvmZoneInstanceConfigInfos',
  'DescribeInstanceCategories',
] as const satisfies readonly ActionName[];

/** Seconds until the last of `calls` may be sent if every second allows `perSecond`. */
const secondsFor = (calls: number, perSecond: number): number => Math.ceil(calls / perSecond) - 1;

/** The engine counts calls per second of its clock and rejects the excess, as the service does. */
export const benchRateLimit = async (calls = 200): Promise<readonly Measurement[]> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));
  let rejected = 0;
  const engine = await startEngine({
    dataDir,
    sandbox: 'none',
    rateLimit: 'intl',
    onRequest: ({ code }) => {
      if (code?.startsWith('RequestLimitExceeded')) rejected += 1;
    },
  });
  const client = createBatchClient({
    endpoint: endpointOf(engine.endpoint),
    region: 'ap-guangzhou',
    credentials: fixedCredentials(engine, 'the engine'),
    transport: createTransport(networkOf({ isLoopback: true })),
    processState: createProcessState(dataDir),
    rates: { rateLimit: 'intl' },
    version: 'bench',
  });
  try {
    const burst = Array.from({ length: calls }, (_, n) => reads[n % reads.length] ?? 'DescribeJobs');
    const start = performance.now();
    await Promise.all(burst.map((action) => client.call(action, {})));
    const seconds = (performance.now() - start) / 1000;
    const minimum = Math.max(
      ...reads.map((action) =>
        secondsFor(burst.filter((one) => one === action).length, actions[action].rate.documented),
      ),
    );
    return [
      {
        what: `burst of ${calls} mixed reads at international rates`,
        figure: `${seconds.toFixed(2)} s`,
        reference: `minimum at these rates ${minimum} s`,
        ratio: seconds / minimum,
        goal: 'at most 1.10',
        isMet: seconds / minimum <= 1.1,
      },
      {
        what: 'calls rejected with RequestLimitExceeded',
        figure: `${rejected}`,
        reference: `${calls} calls`,
        ratio: undefined,
        goal: '0',
        isMet: rejected === 0,
      },
    ];
  } finally {
    await client.close();
    await engine.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

if (isMain(import.meta.url)) printMeasurements('Rate limit', await benchRateLimit());
