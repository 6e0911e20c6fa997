/** Time of a call through MCP, compared with the vendor SDK's direct call of the same action of the same engine and an MCP ping. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { batch } from 'tencentcloud-sdk-nodejs';
import { isMain, type Measurement, printMeasurements } from './measurement.ts';

const program = join(import.meta.dirname, '..', 'dist', 'batch-mcp.js');
const region = 'ap-guangzhou';

/** Milliseconds that `act` takes. */
const timeOf = async (act: () => Promise<unknown>): Promise<number> => {
  const begun = process.hrtime.bigint();
  await act();
  return Number(process.hrtime.bigint() - begun) / 1e6;
};

const quantileOf = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN;

/**
 * Describes the same job through MCP and with the SDK, and pings the server, alternately, so that a busy machine slows
 * all three. A call through MCP is at least a ping, which passes the same pipes, and a request of the SDK.
 * @param rounds measured rounds; a tenth as many precede them as warm-up
 */
export const benchCalls = async (rounds = 500): Promise<readonly Measurement[]> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));
  const engine = spawn(process.execPath, [program, 'engine', '--sandbox', 'none', '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const client = new Client({ name: 'bench', version: '0' });
  try {
    const [line] = await once(createInterface({ input: engine.stdout }), 'line');
    const { endpoint, secretId, secretKey } = JSON.parse(String(line)) as Record<string, string>;
    if (!endpoint || !secretId || !secretKey) throw new Error('The engine printed no address.');
    const vendor = new batch.v20170312.Client({
      credential: { secretId, secretKey },
      region,
      profile: { httpProfile: { endpoint: new URL(endpoint).host, protocol: 'http://' } },
    });
    const env = { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey };
    const args = [program, '--endpoint', endpoint, '--region', region, '--data-dir', dataDir];
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args,
        env: { PATH: process.env.PATH ?? '', ...env },
      }),
    );
    const { JobId = '' } = await vendor.SubmitJob({
      Placement: { Zone: `${region}-1` },
      Job: {
        JobName: 'bench',
        Priority: 1,
        Tasks: [
          {
            TaskName: 'noop',
            Application: { DeliveryForm: 'LOCAL', Command: 'true' },
            ComputeEnv: {
              EnvType: 'MANAGED',
              EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' },
            },
          },
        ],
      },
    });
    const ours: number[] = [];
    const pings: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds * 1.1; round += 1) {
      const mine = await timeOf(() => client.callTool({ name: 'DescribeJob', arguments: { JobId } }));
      const ping = await timeOf(() => client.ping());
      const vendors = await timeOf(() => vendor.DescribeJob({ JobId }));
      if (round < rounds / 10) continue;
      ours.push(mine);
      pings.push(ping);
      theirs.push(vendors);
    }
    return [[0.5, 'at most 1.25'] as const, [0.99, '-'] as const].map(([share, goal]) => {
      const [mine, ping, vendors] = [ours, pings, theirs].map((times) => quantileOf(times, share)) as [
        number,
        number,
        number,
      ];
      const ratio = mine / (vendors + ping);
      return {
        what: `DescribeJob through MCP, p${share * 100}`,
        figure: `${mine.toFixed(2)} ms`,
        reference: `vendor SDK ${vendors.toFixed(2)} ms + MCP ping ${ping.toFixed(2)} ms`,
        ratio,
        goal,
        ...(share === 0.5 && { isMet: ratio <= 1.25 }),
      };
    });
  } finally {
    await client.close();
    engine.kill();
    await once(engine, 'exit');
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
};

if (isMain(import.meta.url)) printMeasurements('Calls', await benchCalls());
