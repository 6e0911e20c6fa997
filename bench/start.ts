/** From spawn to the whole list of tools, in both protocol eras, beside a bare `node` and a hand-written server. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isMain, medianOf, printRows, type Row } from './row.ts';

const program = join(import.meta.dirname, '..', 'dist', 'batch-mcp.js');
const rounds = 15;
// Node 20 parses the file this names at every start, which would be added to everything alike.
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

/** One start: opening, then the list, then the process is ended. */
const startOnce = (args: readonly string[], era: Era): Promise<Sample> =>
  new Promise((resolve, reject) => {
    const begun = process.hrtime.bigint();
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
        const milliseconds = Number(process.hrtime.bigint() - begun) / 1e6;
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
  const begun = process.hrtime.bigint();
  execFileSync(process.execPath, ['-e', '0'], { env });
  return Number(process.hrtime.bigint() - begun) / 1e6;
};

/** @returns a row for each era, one for memory, and whether the list was the same to the byte at every start */
export const benchStart = async (): Promise<readonly Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));
  try {
    const listFile = join(folder, 'tools.json');
    writeFileSync(listFile, (await startOnce([program], '2026-07-28')).list);
    const bare = [join(import.meta.dirname, 'bare-server.js'), listFile];
    const eras: readonly Era[] = ['2025-11-25', '2026-07-28'];
    const taken = eras.map((era) => ({ era, ours: [] as Sample[], floor: [] as Sample[] }));
    const node: number[] = [];
    for (let round = 0; round < rounds + 2; round += 1) {
      const isWarmUp = round < 2;
      for (const { era, ours, floor } of taken) {
        const [mine, theirs] = [await startOnce([program], era), await startOnce(bare, era)];
        if (isWarmUp) continue;
        ours.push(mine);
        floor.push(theirs);
      }
      const alone = nodeOnce();
      if (!isWarmUp) node.push(alone);
    }
    const rows = taken.map(({ era, ours, floor }): Row => {
      const [mine, theirs] = [
        medianOf(ours.map((one) => one.milliseconds)),
        medianOf(floor.map((one) => one.milliseconds)),
      ];
      return {
        what: `start to tools/list, client of ${era}`,
        figure: `${mine.toFixed(0)} ms`,
        beside: `hand-written server ${theirs.toFixed(0)} ms, node -e 0 ${medianOf(node).toFixed(0)} ms`,
        ratio: mine / theirs,
        goal: 'at most 3',
      };
    });
    const all = taken.flatMap(({ ours }) => ours);
    const [mine, theirs] = [
      medianOf(all.map((one) => one.residentMiB)),
      medianOf(taken.flatMap(({ floor }) => floor.map((one) => one.residentMiB))),
    ];
    return [
      ...rows,
      {
        what: 'resident then',
        figure: `${mine.toFixed(0)} MiB`,
        beside: `hand-written server ${theirs.toFixed(0)} MiB`,
        ratio: mine / theirs,
        goal: 'at most 65 MiB',
      },
      {
        what: 'different lists in all starts',
        figure: `${new Set(all.map((one) => one.list)).size}`,
        beside: `${all.length} starts`,
        ratio: undefined,
        goal: '1',
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

if (isMain(import.meta.url)) printRows('Start', await benchStart());
