/** Several servers on one machine share one local engine, and jobs outlive the server that submitted them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findEngine, stopEngine } from '../src/engine/daemon/daemon.ts';
import { endJobsOf } from './end-jobs.ts';
import { program } from './paths.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-shared-'));
});
afterEach(async () => {
  await stopEngine(dataDir);
  endJobsOf(dataDir);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

interface Chat {
  readonly pid: number;
  call(tool: string, args?: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const startChat = async (...flags: readonly string[]): Promise<Chat> => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, '--local', '--data-dir', dataDir, ...flags],
    stderr: 'ignore',
  });
  const client = new Client({ name: 'test', version: '0' });
  await client.connect(transport);
  return {
    pid: transport.pid ?? 0,
    call: async (name, args = {}) =>
      (await client.callTool({ name, arguments: args })).structuredContent as Record<string, unknown>,
    close: () => client.close(),
  };
};

const jobOf = (JobName: string, Command: string) => ({
  Placement: { Zone: 'ap-guangzhou-3' },
  Job: {
    JobName,
    Tasks: [
      {
        TaskName: 'work',
        TaskInstanceNum: 2,
        Application: { DeliveryForm: 'LOCAL', Command },
        ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } },
      },
    ],
  },
});

/** Looks until it holds; the bound is the test's own. */
const until = async <T>(look: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    await wait(50);
  }
};

test('two servers submit to one engine; one is killed, and the other sees all jobs finish', async () => {
  const chats = await Promise.all([startChat('--sandbox', 'none'), startChat('--sandbox', 'none')]);
  const [first, second] = chats as [Chat, Chat];
  // Both first calls start an engine at the same time: one wins, and both use it.
  const submitted = await Promise.all([
    first.call('SubmitJob', jobOf('of the first', 'sleep 0.5; echo first')),
    second.call('SubmitJob', jobOf('of the second', 'sleep 0.5; echo second')),
  ]);
  const ids = submitted.map(({ JobId }) => JobId);
  expect(new Set(ids).size).toBe(2);
  process.kill(first.pid, 'SIGKILL');

  const states = async () => {
    const { JobSet } = (await second.call('DescribeJobs', { detail: 'full' })) as {
      JobSet: { JobId: string; JobState: string }[];
    };
    return Object.fromEntries(JobSet.map(({ JobId, JobState }) => [JobId, JobState]));
  };
  const ended = await until(states, (seen) =>
    Object.values(seen).every((state) => ['SUCCEED', 'FAILED'].includes(state)),
  );
  expect(ended).toEqual(Object.fromEntries(ids.map((id) => [id, 'SUCCEED'])));
  await second.close();
});

test('a server that requires a sandbox refuses an engine that runs commands without one, with the reason', async () => {
  const careless = await startChat('--sandbox', 'none');
  await careless.call('DescribeJobs');
  expect((await findEngine(dataDir))?.sandbox).toBe('none');
  const careful = await startChat('--sandbox', 'auto');
  const { summary, message } = await careful.call('DescribeJobs', {});
  expect(summary).toBe('The server is not configured for this call. Nothing was sent.');
  expect(message).toMatch(
    /is less strict than this server was configured to be: it runs commands without a sandbox/,
  );
  // The command names the data directory, which is not the default one.
  expect(message).toContain(`Stop it with \`batch-mcp engine stop --data-dir "`);
  await careful.close();
  await careless.close();
});

test('a server starts a new engine when the one it used has stopped', async () => {
  const chat = await startChat('--sandbox', 'none');
  await chat.call('SubmitJob', jobOf('earlier', 'true'));
  const before = (await chat.call('DescribeJobs', {})).TotalCount;
  const gone = await findEngine(dataDir);
  process.kill(gone?.status.pid ?? 0, 'SIGKILL');
  await until(
    () => findEngine(dataDir),
    (engine) => engine === undefined,
  );
  expect([before, (await chat.call('DescribeJobs', {})).TotalCount]).toEqual([1, 1]);
  expect((await findEngine(dataDir))?.status.pid).not.toBe(gone?.status.pid);
  await chat.close();
});

test('an engine that a server started stops when nothing runs and no calls arrive', async () => {
  const chat = await startChat('--sandbox', 'none', '--idle-exit', '1');
  const go = join(dataDir, 'go');
  await chat.call('SubmitJob', jobOf('earlier', `until [ -e '${go}' ]; do sleep 0.05; done`));
  // The job keeps the engine from stopping before it was found.
  const running = await findEngine(dataDir);
  expect(running).toBeDefined();
  writeFileSync(go, '');
  await until(
    async () => isAlive(running?.status.pid ?? 0),
    (alive) => !alive,
  );
  // The next call starts another.
  expect((await chat.call('DescribeJobs', {})).TotalCount).toBe(1);
  await chat.close();
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
