/** The engine understands the requests of the vendor's other clients. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendTc3 } from '../engine/raw-request.ts';
import { type EngineTarget, startEngineTarget } from './engine-target.ts';
import { createFixtures } from './fixtures.ts';
import { createSdkClient } from './target.ts';

let engine: EngineTarget;
let jobId: string;
let envId: string;
beforeAll(async () => {
  engine = await startEngineTarget();
  const fixtures = createFixtures(engine);
  jobId = await fixtures.submit([fixtures.task('true')], { JobName: 'a name with blanks & signs=1' });
  envId = await fixtures.createEnv(0);
});
afterAll(() => engine.stop());

interface IntlClient {
  DescribeJobs(input: object, done: (error: { code: string } | null, answer: Listed) => void): void;
  DescribeComputeEnvs(input: object, done: (error: { code: string } | null, answer: Listed) => void): void;
}
interface Listed {
  readonly TotalCount: number;
  readonly JobSet?: readonly { readonly JobId: string }[];
  readonly ComputeEnvSet?: readonly { readonly EnvId: string }[];
}

describe('the international Node SDK', () => {
  const require = createRequire(import.meta.url);
  // It has no types. These are the parts that its README uses.
  const { batch, common } = {
    batch: require('tencentcloud-sdk-nodejs-intl-en/tencentcloud/batch/index.js').v20170312,
    common: require('tencentcloud-sdk-nodejs-intl-en/tencentcloud/common/index.js'),
  };
  const clientOf = (signMethod?: string, method = 'POST'): IntlClient => {
    const http = new common.HttpProfile();
    http.endpoint = engine.access.host;
    http.protocol = engine.access.protocol;
    http.reqMethod = method;
    const profile = new common.ClientProfile(signMethod, http);
    const { secretId, secretKey } = engine.access;
    return new batch.Client(new common.Credential(secretId, secretKey), engine.region, profile);
  };
  const list = (client: IntlClient, action: 'DescribeJobs' | 'DescribeComputeEnvs', input: object) =>
    new Promise<Listed>((resolve, reject) => {
      const request = new batch.Models[`${action}Request`]();
      request.deserialize(input);
      client[action](request, (error, answer) => (error ? reject(error) : resolve(answer)));
    });

  test.each([
    ['its default signature', undefined, 'POST'],
    ['HmacSHA1', 'HmacSHA1', 'POST'],
    ['HmacSHA256 and GET', 'HmacSHA256', 'GET'],
    ['TC3-HMAC-SHA256', 'TC3-HMAC-SHA256', 'POST'],
  ])('lists jobs and environments with %s', async (_, signMethod, method) => {
    const client = clientOf(signMethod, method);
    const jobs = await list(client, 'DescribeJobs', {
      Filters: [{ Name: 'job-name', Values: ['a name with blanks & signs=1'] }],
      Limit: 5,
    });
    expect([jobs.TotalCount, jobs.JobSet?.[0]?.JobId]).toEqual([1, jobId]);
    const envs = await list(client, 'DescribeComputeEnvs', { EnvIds: [envId] });
    expect([envs.TotalCount, envs.ComputeEnvSet?.[0]?.EnvId]).toEqual([1, envId]);
  });

  test('receives the code of an error with its default signature', async () => {
    await expect(list(clientOf(), 'DescribeJobs', { JobIds: ['job_1'] })).rejects.toMatchObject({
      code: 'InvalidParameter.JobIdMalformed',
    });
  });
});

describe('the mainland Node SDK', () => {
  test.each([
    ['GET', {}],
    ['POST', { signMethod: 'HmacSHA256' }],
    ['GET', { signMethod: 'HmacSHA1' }],
  ])('is accepted with %s and %j', async (reqMethod, profile) => {
    const client = createSdkClient(engine.access, engine.region, {
      httpProfile: { endpoint: engine.access.host, protocol: engine.access.protocol, reqMethod },
      ...profile,
    });
    const answer = await client.DescribeJobs?.({ JobIds: [jobId], Limit: 1 });
    expect(answer).toMatchObject({ TotalCount: 1, JobSet: [{ JobId: jobId }] });
  });
  test('receives code, message and request id of an error', async () => {
    const client = createSdkClient(engine.access, engine.region);
    await expect(client.DescribeJob?.({ JobId: 'job-zzzzzzzz' })).rejects.toMatchObject({
      code: 'ResourceNotFound.Job',
      message: expect.stringContaining('no such job'),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
  test('receives the trace id that it sent', async () => {
    const client = createSdkClient(engine.access, engine.region);
    const error = await client.DescribeJob?.({ JobId: 'job-zzzzzzzz' }).then(
      () => undefined,
      (thrown: { traceId?: string }) => thrown,
    );
    expect(error?.traceId).toMatch(/^[\w-]{8,64}$/);
  });
});

describe("the vendor's command line and Python SDK, which", () => {
  const target = () => ({ ...engine.access, now: Date.now() });
  const common = {
    extra: { 'x-tc-language': 'zh-CN', 'x-tc-requestclient': 'SDK_PYTHON_3.1.162; _CLI_3.1.155.1' },
  };
  test('send the endpoint with its scheme as Host and JSON with spaces, are accepted', async () => {
    const host = `http://${engine.access.host}`;
    const reply = await sendTc3(target(), {
      ...common,
      action: 'DescribeComputeEnvActivities',
      body: `{"EnvId": "${envId}", "Filters": {"Name": "compute-node-id", "Values": ["node-zzzzzzzz"]}}`,
      sentHost: host,
      signedHost: host,
    });
    expect(reply).toMatchObject({ code: undefined, response: { TotalCount: 0 } });
  });
  test('encode spaces of a GET as plus signs, are accepted', async () => {
    const query = 'Filters.0.Name=job-name&Filters.0.Values.0=a+name+with+blanks+%26+signs%3D1';
    const reply = await sendTc3(target(), { ...common, method: 'GET', action: 'DescribeJobs', query });
    expect(reply).toMatchObject({ code: undefined, response: { TotalCount: 1 } });
  });
});
