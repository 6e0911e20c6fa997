/** From spawn to the complete tool list for clients of both protocol versions, compared with a hand-written server. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isMain, type Measurement, medianOf, printMeasurements } from './measurement.ts';

const program = join(import.meta.dirname, '..', 'dist', 'batch-mcp.js');
const rounds = 15;
// Without NODE_EXTRA_CA_CERTS: Node 20 parses that file at every start, which would add the same time to everything.
const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: process.env.HOME };

type Era = '2025-11-25' | '2026-07-28';
const openings: Readonly<Record<Era, (id: number) => readonly object[]>> = {
  '2025-11-25': (id) => [
    {
      jsonrpc: '2.0',
      id,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'bench', version: '0' },
      },
    },
  ],
  '2026-07-28': (id) => [{ jsonrpc: '2.0', id, method: 'server/discover', params: { _meta: envelope } }],
};
const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '0' },
};

interface Sample {
  readonly milliseconds: number;
  readonly residentMiB: number;
  readonly list: string;
}

/** One start: handshake, tool list, kill. */
const startOnce = (args: readonly string[], era: Era): Promise<Sample> =>
  new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    if (!child.stdin || !child.stdout) throw new Error('The pipes are missing.');
    const { stdin, stdout } = child;
    const send = (message: object) => stdin.write(`${JSON.stringify(message)}\n`);
    child.on('error', reject);
    for (const message of openings[era](1)) send(message);
    createInterface({ input: stdout }).on('line', (line) => {
      const message = JSON.parse(line) as { id?: number; result?: { tools?: unknown } };
      if (message.id === 1) {
        if (era === '2025-11-25') send({ jsonrpc: '2.0', method: 'notifications/initialized' });
        send({
          jsonrpc: '2.0',
          id: 2,
          method: 'tools/list',
          params: era === '2026-07-28' ? { _meta: envelope } : {},
        });
      } else if (message.id === 2) {
        const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
        const residentMiB = residentOf(child.pid);
        child.kill('SIGKILL');
        resolve({ milliseconds, residentMiB, list: JSON.stringify(message.result?.tools) });
      }
    });
  });

const residentOf = (pid: number | undefined): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
};

const nodeOnce = (): number => {
  const start = process.hrtime.bigint();
  execFileSync(process.execPath, ['-e', '0'], { env });
  return Number(process.hrtime.bigint() - start) / 1e6;
};

/** @returns start-up times per protocol version, memory, and whether every start returned the same bytes */
export const benchStart = async (): Promise<readonly Measurement[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));
  try {
    const listFile = join(folder, 'tools.json');
    writeFileSync(listFile, (await startOnce([program], '2026-07-28')).list);
    const bare = [join(import.meta.dirname, 'bare-server.js'), listFile];
    const eras: readonly Era[] = ['2025-11-25', '2026-07-28'];
    const samples = eras.map((era) => ({ era, ours: [] as Sample[], floor: [] as Sample[] }));
    const node: number[] = [];
    for (let round = 0; round < rounds + 2; round += 1) {
      const isWarmUp = round < 2;
      for (const { era, ours, floor } of samples) {
        const [mine, theirs] = [await startOnce([program], era), await startOnce(bare, era)];
        if (isWarmUp) continue;
        ours.push(mine);
        floor.push(theirs);
      }
      const alone = nodeOnce();
      if (!isWarmUp) node.push(alone);
    }
    const times = samples.map(({ era, ours, floor }): Measurement => {
      const [mine, theirs] = [
        medianOf(ours.map((one) => one.milliseconds)),
        medianOf(floor.map((one) => one.milliseconds)),
      ];
      return {
        what: `start to tools/list, client of ${era}`,
        figure: `${mine.toFixed(0)} ms`,
        reference: `hand-written server ${theirs.toFixed(0)} ms, node -e 0 ${medianOf(node).toFixed(0)} ms`,
        ratio: mine / theirs,
        goal: 'at most 3',
        isMet: mine / theirs <= 3,
      };
    });
    const all = samples.flatMap(({ ours }) => ours);
    const [mine, theirs] = [
      medianOf(all.map((one) => one.residentMiB)),
      medianOf(samples.flatMap(({ floor }) => floor.map((one) => one.residentMiB))),
    ];
    return [
      ...times,
      {
        what: 'resident memory after tools/list',
        figure: `${mine.toFixed(0)} MiB`,
        reference: `hand-written server ${theirs.toFixed(0)} MiB`,
        ratio: mine / theirs,
        goal: 'at most 65 MiB',
        isMet: mine <= 65,
      },
      {
        what: 'distinct tool lists',
        figure: `${new Set(all.map((one) => one.list)).size}`,
        reference: `${all.length} starts`,
        ratio: undefined,
        goal: '1',
        isMet: new Set(all.map((one) => one.list)).size === 1,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

if (isMain(import.meta.url)) printMeasurements('Start', await benchStart());
