/** The built program: its output and exit codes. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endJobsOf } from '../end-jobs.ts';
import { program } from '../paths.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-cli-'));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program with a clean environment and no terminal. */
const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      {
        env: { PATH: process.env.PATH ?? '', HOME: dataDir, BATCH_MCP_DATA_DIR: dataDir, ...env },
        timeout: 120_000,
      },
      (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
    );
    child.stdin?.end();
  });
const local = { BATCH_MCP_LOCAL: '1', BATCH_MCP_SANDBOX: 'none' };
const sleeper = {
  Placement: { Zone: 'ap-guangzhou-3' },
  Job: {
    JobName: 'sleeper',
    Tasks: [
      {
        TaskName: 'sleep',
        Application: { DeliveryForm: 'LOCAL', Command: 'sleep 60' },
        ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } },
      },
    ],
  },
};

beforeAll(() => {
  expect(dataDir).toContain('batch-mcp-cli-');
});
afterAll(async () => {
  await run(['engine', 'stop']);
  endJobsOf(dataDir);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

test('--help and --version print on stdout', async () => {
  const [help, version] = [await run(['--help']), await run(['--version'])];
  expect([help.code, help.err, version]).toEqual([0, '', { code: 0, out: '0.2.0\n', err: '' }]);
  expect(help.out.split('\n')[0]).toBe('batch-mcp: batch computing for AI assistants, over MCP');
});

test.each([
  [['--locl'], 'batch-mcp: There is no option --locl. Did you mean --local? See batch-mcp --help.\n'],
  [['demmo'], "batch-mcp: There is no command 'demmo'. Did you mean demo? See batch-mcp --help.\n"],
  [
    ['call', 'SubmitJbo'],
    "batch-mcp: There is no tool 'SubmitJbo'. Did you mean SubmitJob? See batch-mcp tools.\n",
  ],
  [['call'], "batch-mcp: Usage: batch-mcp call TOOL 'JSON'\n"],
  [['read'], 'batch-mcp: Usage: batch-mcp read URI\n'],
  [
    ['engine', 'stat'],
    "batch-mcp: There is no command 'engine stat'. Usage: batch-mcp engine [status | stop | files ls|put|get]\n",
  ],
])('the command line %j exits with 2 and prints the correct usage', async (args, err) => {
  expect(await run(args)).toEqual({ code: 2, out: '', err });
});

test('call rejects malformed JSON with the position of the error', async () => {
  const { code, err } = await run(['call', 'DescribeJobs', '{"Limit": 5,}']);
  expect(code).toBe(2);
  expect(err).toMatch(/^batch-mcp: The arguments are not valid JSON: .*position 12/);
});

test('tools prints the list of tools, with one for each action of the API', async () => {
  const { code, out } = await run(['tools', '--tools', 'job,task-template,compute-env,machine-type']);
  expect([code, JSON.parse(out).length]).toEqual([0, 30]);
});

test('a call without credentials and without --local fails with a message that names both remedies', async () => {
  const { code, out } = await run(['call', 'DescribeJobs', '{"Region":"ap-guangzhou"}']);
  expect(code).toBe(1);
  expect(JSON.parse(out).message).toMatch(/--local.*TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY/);
});

test('without a terminal, a destructive call prints its preview and exits with 1; with --confirm none it is executed', async () => {
  const submitted = await run(['call', 'SubmitJob', JSON.stringify(sleeper)], local);
  expect(submitted.code, submitted.out + submitted.err).toBe(0);
  const JobId = JSON.stringify({ JobId: JSON.parse(submitted.out).JobId });
  const preview = await run(['call', 'TerminateJob', JobId], local);
  expect([preview.code, JSON.parse(preview.out).summary]).toEqual([
    1,
    'Nothing was sent. This is what TerminateJob would do.',
  ]);
  const done = await run(['call', 'TerminateJob', JobId, '--confirm', 'none'], local);
  expect([done.code, JSON.parse(done.out).summary]).toEqual([
    0,
    expect.stringMatching(new RegExp(`^${JSON.parse(submitted.out).JobId} is being terminated\\. Now: `)),
  ]);
});

test('read prints a resource, and exits with 1 if there is none', async () => {
  const reference = await run(['read', 'batch://reference/TerminateJob']);
  expect([reference.code, JSON.parse(reference.out).uri]).toEqual([0, 'batch://reference/TerminateJob']);
  const missing = await run(['read', 'batch://ap-guangzhou/jobs/job-00000000'], local);
  expect([missing.code, missing.out]).toEqual([1, '']);
});

test('engine prints one line when it is ready, reports its status, and exits when it is asked to stop', async () => {
  const ownDir = mkdtempSync(join(tmpdir(), 'batch-mcp-engine-'));
  const child = spawn(process.execPath, [program, 'engine', '--data-dir', ownDir, '--sandbox', 'none'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH ?? '' },
  });
  try {
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, 'line')) as [string];
    const { endpoint, secretId, secretKey, ...rest } = JSON.parse(line);
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect([typeof secretId, typeof secretKey]).toEqual(['string', 'string']);
    expect(rest).toEqual({ dataDir: ownDir, storageDir: join(ownDir, 'storage'), sandbox: 'none' });
    const status = await run(['engine', 'status', '--data-dir', ownDir]);
    expect([status.code, JSON.parse(status.out).endpoint, status.out.includes(secretKey)]).toEqual([
      0,
      endpoint,
      false,
    ]);
    const ended = once(child, 'exit');
    expect((await run(['engine', 'stop', '--data-dir', ownDir])).code).toBe(0);
    expect((await ended)[0]).toBe(0);
    expect((await run(['engine', 'status', '--data-dir', ownDir])).code).toBe(1);
  } finally {
    child.kill('SIGKILL');
    endJobsOf(ownDir);
    rmSync(ownDir, { recursive: true, force: true, maxRetries: 5 });
  }
});
