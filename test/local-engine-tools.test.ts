/** What the tools show of a local engine beyond the API: attempts, its own checks in PlanJob, its slots in DiagnoseJob. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findEngine, stopEngine } from '../src/engine/daemon/daemon.ts';
import { endJobsOf } from './end-jobs.ts';
import { until } from './engine/running-engine.ts';
import { program } from './paths.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-tools-'));

const startServer = async (environment: Record<string, string>, ...flags: readonly string[]) => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, '--data-dir', dataDir, ...flags],
    env: { PATH: process.env.PATH ?? '', ...environment },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'test', version: '0' });
  await client.connect(transport);
  return {
    call: async (name: string, args: Record<string, unknown> = {}) =>
      (await client.callTool({ name, arguments: args })).structuredContent as Record<string, unknown>,
    close: () => client.close(),
  };
};

let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  server = await startServer({}, '--local', '--sandbox', 'none', '--slots', '1', '--confirm', 'none');
});
afterAll(async () => {
  await server.close();
  await stopEngine(dataDir);
  endJobsOf(dataDir);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

const submission = (Command: string, task: object = {}, InstanceType = 'S5.SMALL1') => ({
  Placement: { Zone: 'ap-guangzhou-3' },
  Job: {
    JobName: 'a job',
    Tasks: [
      {
        TaskName: 'work',
        Application: { DeliveryForm: 'LOCAL', Command },
        ComputeEnv: { EnvData: { InstanceType, ImageId: 'img-00000000' } },
        ...task,
      },
    ],
  },
});
const submit = async (Command: string, task: object = {}): Promise<string> =>
  String((await server.call('SubmitJob', submission(Command, task))).JobId);
const settled = (JobId: string, state: string) =>
  until(`${JobId} is ${state}`, async () => (await server.call('DescribeJob', { JobId })).JobState === state);
const failing = `n=$(cat "$HOME/../count" 2>/dev/null || echo 1); echo try $n; echo $((n + 1)) > "$HOME/../count"; exit $((n + 10))`;

describe('DescribeTaskLogs', () => {
  test('lists the attempts of an instance and shows the logs of the selected one', async () => {
    const JobId = await submit(failing, { MaxRetryCount: 1 });
    await settled(JobId, 'FAILED');
    const target = { JobId, TaskName: 'work', TaskInstanceIndexes: [0] };
    const last = await server.call('DescribeTaskLogs', target);
    expect(last.attempts).toMatchObject([
      { Attempt: 1, State: 'FAILED', ExitCode: 11, HasLogs: true },
      { Attempt: 2, State: 'FAILED', ExitCode: 12, HasLogs: true },
    ]);
    expect(JSON.stringify(last.TaskInstanceLogSet)).toContain('try 2');
    expect(JSON.stringify(last.next)).toContain('attempt, from 1');
    const first = await server.call('DescribeTaskLogs', { ...target, attempt: 1 });
    expect(JSON.stringify(first.TaskInstanceLogSet)).toContain('try 1');
    const missing = await server.call('DescribeTaskLogs', { ...target, attempt: 3 });
    expect(missing.code).toBe('ResourceNotFound.TaskInstance');
  });

  test('refuses an attempt where the endpoint is not the local engine, before anything is sent', async () => {
    const engine = await findEngine(dataDir);
    const keys = {
      TENCENTCLOUD_SECRET_ID: engine?.secretId ?? '',
      TENCENTCLOUD_SECRET_KEY: engine?.secretKey ?? '',
    };
    const other = await startServer(keys, '--endpoint', engine?.endpoint ?? '', '--region', 'ap-guangzhou');
    try {
      const answer = await other.call('DescribeTaskLogs', {
        JobId: 'job-00000000',
        TaskName: 'a',
        attempt: 1,
      });
      expect(JSON.stringify(answer)).toContain('The service keeps only the last attempt.');
    } finally {
      await other.close();
    }
  });
});

test('ReadTaskLogs of a running instance reports its empty logs without what holds for the cloud alone', async () => {
  const JobId = await submit('sleep 300');
  await settled(JobId, 'RUNNING');
  const { empty } = await server.call('ReadTaskLogs', { JobId, TaskName: 'work' });
  expect(empty).toBe('stdout of 0; stderr of 0');
  await server.call('TerminateJob', { JobId });
  await settled(JobId, 'FAILED');
});

describe('PlanJob', () => {
  test.each([
    ['a type that the engine does not list', submission('true', {}, 'S1.SMALL1'), true],
    [
      'a variable that no shell passes on',
      submission('true', { EnvVars: [{ Name: 'MY-VAR', Value: 'x' }] }),
      false,
    ],
    [
      'a directory that only the sandbox can mount',
      submission('true', { InputMappings: [{ SourcePath: 'cfs://10.0.0.1/', DestinationPath: '/data/' }] }),
      false,
    ],
    [
      'an environment that does not exist',
      submission('true', { ComputeEnv: undefined, EnvId: 'env-00000000' }),
      false,
    ],
  ])('reports for %s what SubmitJob does', async (_, input, isAccepted) => {
    expect((await server.call('PlanJob', input)).submittable).toBe(isAccepted);
    const submitted = await server.call('SubmitJob', input);
    expect(submitted.JobId !== undefined).toBe(isAccepted);
    if (submitted.JobId !== undefined) await settled(String(submitted.JobId), 'SUCCEED');
  });
});

test('PlanJob reports a job that SubmitJob accepts and that fails, because the engine runs no containers', async () => {
  const Application = { DeliveryForm: 'LOCAL', Command: 'true', Docker: { Image: 'debian:12' } };
  const input = submission('true', { Application });
  const plan = await server.call('PlanJob', input);
  expect(plan).toMatchObject({
    submittable: false,
    problems: [expect.stringContaining('runs no containers')],
  });
  await settled(String((await server.call('SubmitJob', input)).JobId), 'FAILED');
});

test('DiagnoseJob of a waiting job names the interrupted job that occupies the slot, and what releases it', async () => {
  const holder = await submit('exit 1', { FailedAction: 'FAST_INTERRUPT' });
  await settled(holder, 'FAILED_INTERRUPTED');
  const waiting = await submit('true');
  await settled(waiting, 'RUNNABLE');
  const { waiting: reasons } = await server.call('DiagnoseJob', { JobId: waiting });
  expect(reasons).toEqual([
    '"work" waits for a machine',
    'all slots of the local engine are occupied (1)',
    `1 slot by task "work" of ${holder} ("a job"), FAILED_INTERRUPTED, Priority 0: it keeps the slot until TerminateTaskInstance or TerminateJob`,
    'what becomes free goes to the waiting job with the highest Priority, of equal ones to the oldest; this job has 0; what runs is not interrupted',
  ]);
  await server.call('TerminateJob', { JobId: holder, confirm: true });
  await settled(waiting, 'SUCCEED');
});

test('a server that allows more than the running engine uses it, and a submitted job reports the difference', async () => {
  await server.call('DescribeJobs');
  const other = await startServer({}, '--local', '--sandbox', 'none', '--slots', '1', '--docker');
  try {
    const { notices, JobId } = await other.call('SubmitJob', submission('true'));
    expect(notices).toContain('the running engine was started without --docker, or it does not work here');
    await settled(String(JobId), 'SUCCEED');
  } finally {
    await other.close();
  }
});
