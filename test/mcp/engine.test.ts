import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import { mask } from '../../src/shared/mask-credentials.ts';
import { type Answer, connect, eras, jobOf, startTestEngine, type TestClient, until } from './harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

const stateOf = async (client: TestClient, JobId: unknown) =>
  (await client.call('DescribeJob', { JobId })).fields.JobState;

describe.each(eras)('a %s client of a server over the local engine', (era) => {
  let client: TestClient;
  beforeAll(async () => {
    client = await connect(era, engine);
  });
  afterAll(() => client.close());

  test('submits a job, waits for it, and reads its log by tool and by resource', async () => {
    const submitted = await client.call('SubmitJob', jobOf('printf "hello\\033[31m red"; echo oops >&2'));
    expect(submitted.isError, submitted.text).toBe(false);
    const { JobId } = submitted.fields;
    await until(
      () => stateOf(client, JobId),
      (state) => state === 'SUCCEED',
    );
    const logs = await client.call('DescribeTaskLogs', { JobId, TaskName: 'work' });
    expect(logs.text).toContain('hello red');
    expect(logs.fields.coverage).toContain('1 of 1 instances');
    const uri = `batch://ap-guangzhou/jobs/${JobId}/tasks/work/instances/0/stderr`;
    expect(await client.read(uri)).toMatch(/\noops\n/);
    const job = JSON.parse(await client.read(`batch://ap-guangzhou/jobs/${JobId}`)) as { JobState: string };
    expect(job.JobState).toBe('SUCCEED');
  });

  test('receives a preview first and terminates the job with its code', async () => {
    const { JobId } = (await client.call('SubmitJob', jobOf('sleep 300'))).fields;
    await until(
      () => stateOf(client, JobId),
      (state) => state === 'RUNNING',
    );
    const before = engine.requests.filter(({ action }) => action === 'TerminateJob').length;
    const preview = await client.call('TerminateJob', { JobId });
    const { code, impact, state } = preview.fields.preview as { code: string; impact: object; state: object };
    expect({ impact, state, text: preview.text.split('\n')[0] }).toEqual({
      impact: { running: 1, waiting: 0, retained: 0 },
      state: { CreateTime: expect.any(String), JobState: 'RUNNING' },
      text: 'Nothing was sent. This is what TerminateJob would do.',
    });
    expect(engine.requests.filter(({ action }) => action === 'TerminateJob').length).toBe(before);
    const done = await client.call('TerminateJob', { JobId, confirm: true, preview: code });
    expect(done.text).toContain(`${JobId} is being terminated.`);
    expect(engine.requests.filter(({ action }) => action === 'TerminateJob').length).toBe(before + 1);
    await until(
      () => stateOf(client, JobId),
      (job) => job === 'FAILED',
    );
    const again = await client.call('TerminateJob', { JobId, confirm: true, preview: code });
    expect(again.isError).toBe(true);
    expect(engine.requests.filter(({ action }) => action === 'TerminateJob').length).toBe(before + 1);
  });

  test('is notified when Offset is beyond the end of a list', async () => {
    await client.call('SubmitJob', jobOf('true'));
    const { text } = await client.call('DescribeJobs', { Offset: 1000 });
    expect(text).toMatch(/^\d+ jobs?\. None of them from Offset 1000 on\./);
    expect((await client.call('DescribeJobs', {})).text).not.toContain('None of them');
  });

  test('receives all argument errors at once, and nothing reaches the engine', async () => {
    const before = engine.requests.length;
    const { isError, text } = await client.call('SubmitJob', { Placement: {}, Job: { Tasks: [] } });
    expect(isError).toBe(true);
    expect(text).toContain('Placement.Zone');
    expect(engine.requests.length).toBe(before);
  });

  test('receives code, meaning, next step and request id of an API error', async () => {
    const { isError, fields } = await client.call('DescribeJob', { JobId: 'job-00000000' });
    expect({ isError, ...fields }).toEqual({
      isError: true,
      summary: 'The service refused DescribeJob: ResourceNotFound.Job.',
      error: 'ApiError',
      code: 'ResourceNotFound.Job',
      message: expect.any(String),
      meaning: expect.any(String),
      RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      next: [expect.any(String)],
    });
  });

  test('learns that a destructive call was not sent when reading its target failed', async () => {
    const { fields } = await client.call('TerminateJob', { JobId: 'job-00000000' });
    expect(fields.summary).toBe(
      'The service refused DescribeJob: ResourceNotFound.Job. TerminateJob was not sent.',
    );
  });

  test('is referred to the reference of an action that failed', async () => {
    const { JobId } = (await client.call('SubmitJob', jobOf('true'))).fields;
    await until(
      () => stateOf(client, JobId),
      (state) => state === 'SUCCEED',
    );
    const { fields } = await client.call('RetryJobs', { JobIds: [JobId] });
    expect(fields).toMatchObject({
      code: 'UnsupportedOperation',
      message: `Job \`${JobId}\` is SUCCEED; only a FAILED job can be retried.`,
      meaning: expect.any(String),
      next: [expect.stringContaining('batch://reference/RetryJobs')],
    });
  });

  test('receives an error when it reads the resource of an unknown job', async () => {
    await expect(client.read('batch://ap-guangzhou/jobs/job-00000000')).rejects.toMatchObject({
      code: -32602,
    });
  });
});

test('a secret that is referenced by an environment variable reaches the job and never the client', async () => {
  const client = await connect('modern', {
    ...engine,
    flags: ['--allow-env', 'DEMO_PASSWORD=EnvVars.DB_PASSWORD'],
    env: { DEMO_PASSWORD: 'hunter2' },
  });
  const { fields, text } = await client.call(
    'SubmitJob',
    jobOf('test "$(echo "$DB_PASSWORD" | tr a-z n-za-m)" = uhagre2', {
      EnvVars: [{ Name: 'DB_PASSWORD', Value: '${env:DEMO_PASSWORD}' }],
    }),
  );
  const { JobId } = fields;
  expect(JobId, text).toMatch(/^job-/);
  await until(
    () => stateOf(client, JobId),
    (state) => state === 'SUCCEED',
  );
  const info = await client.call('DescribeJobSubmitInfo', { JobId, detail: 'full' });
  expect(JSON.stringify(info.fields)).toContain(`"Value":"${mask}"`);
  expect(info.text + JSON.stringify(info.fields)).not.toContain('hunter2');
  const refused = await client.call(
    'SubmitJob',
    jobOf('true', { EnvVars: [{ Name: 'TOKEN', Value: '${env:HOME}' }] }),
  );
  expect(refused.text).toContain('--allow-env');
  await client.close();
});

test('a read-only server lists and accepts only read-only tools', async () => {
  const client = await connect('legacy', { ...engine, flags: ['--read-only'] });
  const tools = (await client.list()) as unknown as {
    name: string;
    annotations: { readOnlyHint: boolean };
  }[];
  expect(tools.filter(({ annotations }) => !annotations.readOnlyHint)).toEqual([]);
  expect(tools.map(({ name }) => name)).toContain('DescribeJobs');
  await expect(client.call('DeleteJob', { JobId: 'job-1a2b3c4d' })).rejects.toMatchObject({ code: -32602 });
  await client.close();
});

test('a truncated list names the call that returns the rest', async () => {
  const client = await connect('modern', engine);
  const { JobId } = (await client.call('SubmitJob', jobOf('true', { TaskInstanceNum: 25 }))).fields;
  const page = await client.call('DescribeTask', { JobId, TaskName: 'work', Limit: 3 });
  expect(page.text).toContain('22 more: DescribeTask with Offset 3 and otherwise the same arguments.');
  const full = await client.call('DescribeTask', { JobId, TaskName: 'work', detail: 'full' });
  expect(full.fields.TaskInstanceSet).toHaveLength(25);

  const types = await client.call('DescribeAvailableCvmInstanceTypes', {});
  expect(types.fields.truncated).toEqual([
    expect.stringMatching(/^InstanceTypeConfigSet: 100 of \d+ shown$/),
  ]);
  const cursor = /cursor "(InstanceTypeConfigSet:100)"/.exec(types.text)?.[1];
  const rest = await client.call('DescribeAvailableCvmInstanceTypes', { cursor, detail: 'full' });
  const all = await client.call('DescribeAvailableCvmInstanceTypes', { detail: 'full' });
  expect(itemsOf(rest)[0]).toEqual(itemsOf(all)[100]);
  await client.close();
});

const itemsOf = ({ fields }: Answer) => fields.InstanceTypeConfigSet as readonly Fields[];

test('an answer with detail full has a ceiling, and a cursor continues it', async () => {
  const client = await connect('modern', engine);
  const seen = [];
  let cursor: string | undefined = 'InstanceTypeQuotaSet:900';
  while (cursor !== undefined) {
    const answer: Answer = await client.call('DescribeCvmZoneInstanceConfigInfos', {
      detail: 'full',
      cursor,
    });
    expect(encode(answer.text).length).toBeLessThanOrEqual(12_000);
    seen.push(...(answer.fields.InstanceTypeQuotaSet as readonly Fields[]));
    cursor = /cursor "(InstanceTypeQuotaSet:\d+)"/.exec(answer.text)?.[1];
  }
  expect(seen).toHaveLength(108);
  await client.close();
});

test('a cursor that is none is refused before anything is sent', async () => {
  const client = await connect('modern', engine);
  const answer = await client.call('DescribeInstanceCategories', { cursor: '5' });
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain('It has to be a cursor of the previous answer.');
  await client.close();
});
