/** `npm run eval`: runs an agent's command line on the tasks, collects records, writes docs/evals.md. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serveRun } from './harness/daemon.ts';
import type { RunRecord } from './harness/record.ts';
import { figuresOf } from './harness/record.ts';
import { addRecords, collectRecords, currentReport, reportFile } from './harness/results.ts';
import { type Condition, type RunSettings, startRun } from './harness/run.ts';
import { taskOf, tasks } from './tasks/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    agent: { type: 'string' },
    condition: { type: 'string' },
    server: { type: 'string', default: join(import.meta.dirname, '..', 'dist', 'batch-mcp.js') },
    flags: { type: 'string', default: '' },
    series: { type: 'string', default: 'batch-mcp' },
    tasks: { type: 'string' },
    runs: { type: 'string', default: '3' },
    to: { type: 'string' },
    collect: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
});

const controlSeries = 'SDK and shell';

/** Text as one word of a shell command. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Runs the agent. @returns what it printed */
const runAgent = (command: string, prompt: string, mcp: string, seconds: number): Promise<string> =>
  new Promise((resolveAnswer) => {
    const filled = command.replaceAll('{mcp}', quote(mcp)).replaceAll('{prompt}', () => quote(prompt));
    const child = spawn('bash', ['-c', filled], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const timer = setTimeout(() => {
      // The whole group: an agent starts the MCP server.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, seconds * 1000);
    child.on('close', () => {
      clearTimeout(timer);
      resolveAnswer(Buffer.concat(chunks).toString('utf8'));
    });
    // An agent that takes the prompt as an argument may end without reading it.
    child.stdin.on('error', () => {});
    child.stdin.end(command.includes('{prompt}') ? '' : prompt);
  });

const evaluate = async (agent: string, settings: RunSettings): Promise<RunRecord> => {
  const { task } = settings;
  const directory = mkdtempSync(join(tmpdir(), 'batch-mcp-eval-'));
  try {
    const server = await serveRun(await startRun(settings));
    const mcp = join(directory, 'mcp.json');
    const proxy = join(import.meta.dirname, 'proxy.js');
    writeFileSync(
      mcp,
      JSON.stringify({ mcpServers: { batch: { command: process.execPath, args: [proxy, server.socket] } } }),
    );
    return await server.finish(await runAgent(agent, task.prompt, mcp, task.limits.seconds));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const evaluateAll = async (agent: string): Promise<void> => {
  const chosen = values.tasks === undefined ? tasks : values.tasks.split(',').map(taskOf);
  const conditions: readonly Condition[] =
    values.condition === 'A' || values.condition === 'B' ? [values.condition] : ['A', 'B'];
  for (const condition of conditions) {
    const series = condition === 'A' ? values.series : controlSeries;
    const fileName = `${series.toLowerCase().replace(/[^a-z0-9.]+/g, '-')}.json`;
    const file = resolve(values.to ?? join(import.meta.dirname, 'results', fileName));
    for (const task of chosen) {
      for (let run = 1; run <= Number(values.runs); run += 1) {
        const record = await evaluate(agent, {
          ...{ task, condition, series, run },
          program: resolve(values.server),
          flags: condition === 'A' ? values.flags.split(' ').filter((flag) => flag !== '') : [],
        });
        addRecords(file, [record]);
        const { calls, total } = figuresOf(record);
        const result = `${record.success ? 'success' : 'failure'}, harm ${record.harm.length}`;
        console.error(`${series}: ${task.id} ${run}: ${result}, ${calls} calls, ${total} tokens`);
      }
    }
  }
};

if (values.collect) addRecords(resolve(values.to ?? 'records.json'), collectRecords(positionals));
if (values.agent !== undefined) await evaluateAll(values.agent);
if (values.report || values.agent !== undefined) writeFileSync(reportFile, currentReport());
