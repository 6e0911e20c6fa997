/** Attempts are history: each keeps its outcome and its logs, over retries, RetryJobs and a restart of the engine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersion, service } from '../../src/catalogue/index.ts';
import type { AttemptUsage } from '../../src/client/engine-requests.ts';
import { networkOf } from '../../src/client/network.ts';
import { createTransport } from '../../src/client/transport.ts';
import { askEngine } from '../../src/engine/daemon/ask-engine.ts';
import { readAddress } from '../../src/engine/daemon/data-directory.ts';
import { decodeLog } from '../../src/mcp/logs/api-log.ts';
import { sign } from '../../src/tc3/sign.ts';
import { clientOf } from '../client/client-under-test.ts';
import {
  makeDataDir,
  Placement,
  type RunningEngine,
  region,
  removeDir,
  shellTask,
  startRunningEngine,
  until,
} from './running-engine.ts';

const dataDir = makeDataDir();
let engine: RunningEngine;
beforeAll(async () => {
  engine = await startRunningEngine({ dataDir });
});
afterAll(async () => {
  await engine.stop();
  removeDir(dataDir);
});

const ask = async (verb: 'attempts' | 'slots' | 'check', input: object) => {
  const address = readAddress(dataDir);
  if (address === undefined) throw new Error('The engine has no address.');
  return (await askEngine(address, verb, input)) as Record<string, unknown>;
};
const attemptsOf = async (JobId: string, TaskInstanceIndex = 0) =>
  (await ask('attempts', { Region: region, JobId, TaskName: 'a', TaskInstanceIndex })).attempts as {
    Attempt: number;
    State: string;
    ExitCode: number | null;
    HasLogs: boolean;
    LaunchTime: string | null;
    Usage: AttemptUsage;
  }[];
const logOf = async (JobId: string, attempt: number | undefined) => {
  const transport = createTransport(networkOf({ isLoopback: true }));
  const client = await clientOf({ origin: engine.endpoint }, { keys: engine, transport });
  try {
    const { output } = await client.call(
      'DescribeTaskLogs',
      { JobId, TaskName: 'a', TaskInstanceIndexes: [0] },
      attempt === undefined ? {} : { instanceAttempt: attempt },
    );
    return decodeLog(output.TaskInstanceLogSet?.[0]?.StdoutLog);
  } finally {
    await client.close();
  }
};

/** Fails twice with another code and output each time, then succeeds. */
const counting =
  'n=$(cat "$HOME/../count" 2>/dev/null || echo 1); echo try $n; echo $((n + 1)) > "$HOME/../count"; [ $n -ge 3 ] || exit $((n + 10))';

test('each attempt of an instance keeps its exit code, times and logs, also after RetryJobs and a restart', async () => {
  const JobId = await engine.submit({ Tasks: [shellTask('a', counting, { MaxRetryCount: 1 })] });
  await engine.settled(JobId);
  expect(await attemptsOf(JobId)).toMatchObject([
    { Attempt: 1, State: 'FAILED', ExitCode: 11, HasLogs: true },
    { Attempt: 2, State: 'FAILED', ExitCode: 12, HasLogs: true },
  ]);
  await engine.call('RetryJobs', { JobIds: [JobId] });
  await engine.settled(JobId);
  await engine.stop();
  engine = await startRunningEngine({ dataDir });
  const attempts = await attemptsOf(JobId);
  expect(attempts).toMatchObject([
    { Attempt: 1, State: 'FAILED', ExitCode: 11, HasLogs: true },
    { Attempt: 2, State: 'FAILED', ExitCode: 12, HasLogs: true },
    { Attempt: 3, State: 'SUCCEED', ExitCode: 0, HasLogs: true },
  ]);
  for (const { LaunchTime } of attempts) expect(LaunchTime).toMatch(/^\d{4}-\d{2}-\d{2}T[\d:]{8}Z$/);
  expect([await logOf(JobId, 1), await logOf(JobId, 2), await logOf(JobId, 3)]).toEqual([
    'try 1\n',
    'try 2\n',
    'try 3\n',
  ]);
  expect(await logOf(JobId, undefined)).toBe('try 3\n');
});

test('what an attempt used is known after it was killed; one that was too short says so', async () => {
  const script = 'x=$(head -c 40000000 /dev/zero | tr "\\0" x); while :; do :; done';
  const JobId = await engine.submit({ Tasks: [shellTask('a', script), shellTask('b', 'true')] });
  const measured = await until('its memory is measured', async () => {
    const [attempt] = await attemptsOf(JobId);
    return attempt !== undefined && 'PeakMemoryBytes' in attempt.Usage && attempt.Usage.PeakMemoryBytes > 40e6
      ? attempt.Usage
      : undefined;
  });
  await engine.call('TerminateJob', { JobId });
  await engine.settled(JobId);
  const [killed] = await attemptsOf(JobId);
  expect(killed?.Usage).toMatchObject({
    PeakMemoryBytes: expect.closeTo(measured.PeakMemoryBytes, -8),
    CpuSeconds: expect.any(Number),
    MeasuredSeconds: expect.any(Number),
  });
  const short = await engine.submit({ Tasks: [shellTask('a', 'true')] });
  await engine.settled(short);
  expect((await attemptsOf(short))[0]?.Usage).toEqual({ NotMeasured: 'it ran for less than 0.2 seconds' });
});

describe('the attempt header', () => {
  const send = async (
    action: string,
    body: string,
    headers: Record<string, string>,
    unsigned: Record<string, string> = {},
  ) => {
    const { host } = new URL(engine.endpoint);
    const signed = sign(
      { method: 'POST', host, service, action, version: apiVersion, region, body, headers },
      engine,
      Date.now(),
    );
    const { host: _, ...sent } = signed;
    const response = await fetch(engine.endpoint, {
      method: 'POST',
      body,
      headers: { ...sent, ...unsigned },
    });
    const { Response } = (await response.json()) as {
      Response: { Error?: { Code: string; Message: string } };
    };
    return Response.Error;
  };
  const job = async () => {
    const JobId = await engine.submit({ Tasks: [shellTask('a', 'echo hi')] });
    await engine.settled(JobId);
    return JSON.stringify({ JobId, TaskName: 'a', TaskInstanceIndexes: [0] });
  };

  test('must be signed', async () => {
    expect(await send('DescribeTaskLogs', await job(), {}, { 'x-batch-mcp-attempt': '1' })).toEqual({
      Code: 'AuthFailure.InvalidAuthorization',
      Message: 'SignedHeaders must name `x-batch-mcp-attempt`.',
    });
  });
  test('must name an attempt that exists', async () => {
    expect(await send('DescribeTaskLogs', await job(), { 'x-batch-mcp-attempt': '2' })).toEqual({
      Code: 'ResourceNotFound.TaskInstance',
      Message: 'Instance 0 has the attempts 1 to 1; there is no 2.',
    });
  });
  test.each(['0', '-1', 'x', '1.5', '9999999999'])('is refused with the value %j', async (value) => {
    expect((await send('DescribeTaskLogs', await job(), { 'x-batch-mcp-attempt': value }))?.Code).toBe(
      'InvalidParameterValue',
    );
  });
  test('is refused for actions that have no attempts', async () => {
    expect((await send('DescribeJobs', '{}', { 'x-batch-mcp-attempt': '1' }))?.Code).toBe('InvalidParameter');
  });
});

test('the list of attempts names the instance that does not exist', async () => {
  expect(
    await ask('attempts', { Region: region, JobId: 'job-00000000', TaskName: 'a', TaskInstanceIndex: 0 }),
  ).toEqual({
    problem: {
      Code: 'ResourceNotFound.TaskInstance',
      Message: `There is no such job in ${region}: \`job-00000000\`.`,
    },
  });
});

test('the slots name the jobs that occupy them, interrupted ones included', async () => {
  const interrupted = await engine.submit({
    JobName: 'interrupted',
    Tasks: [shellTask('a', 'exit 1', { FailedAction: 'FAST_INTERRUPT' })],
  });
  await engine.settled(interrupted);
  const expected = {
    JobId: interrupted,
    JobName: 'interrupted',
    Priority: 0,
    Region: region,
    TaskName: 'a',
    TaskInstanceState: 'FAILED_INTERRUPTED',
    Count: 1,
  };
  expect(await ask('slots', {})).toEqual({ Total: 2, Holders: [expected] });
  await engine.call('TerminateJob', { JobId: interrupted });
  await engine.settled(interrupted);
  expect(await ask('slots', {})).toEqual({ Total: 2, Holders: [] });
});

test('a dry run reports what SubmitJob would, and submits nothing', async () => {
  const before = (await engine.call('DescribeJobs', {})).TotalCount;
  const good = { Placement, Job: { Tasks: [shellTask('a', 'true')] } };
  expect(await ask('check', { Region: region, Input: good })).toEqual({});
  const other = { ...good, Placement: { Zone: 'ap-shanghai-1' } };
  expect(await ask('check', { Region: region, Input: other })).toMatchObject({
    problem: { Code: 'InvalidZone.MismatchRegion' },
  });
  const misnamed = {
    ...good,
    Job: { Tasks: [shellTask('a', 'true', { EnvVars: [{ Name: 'MY-VAR', Value: '' }] })] },
  };
  const { problem } = await ask('check', { Region: region, Input: misnamed });
  expect(problem).toMatchObject({ Code: await engine.codeOf('SubmitJob', misnamed) });
  expect(await ask('check', { Region: region, Input: { Nonsense: 1 } })).toMatchObject({
    problem: { Code: 'UnknownParameter' },
  });
  expect((await engine.call('DescribeJobs', {})).TotalCount).toBe(before);
});
