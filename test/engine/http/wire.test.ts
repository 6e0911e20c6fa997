/** The order of checks on the wire: what each step refuses, and that nothing after it was reached. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sign } from '../../../src/tc3/sign.ts';
import { credential, replyOf, startWireEngine, temporary, type WireEngine } from '../wire-engine.ts';

let engine: WireEngine;
beforeAll(async () => {
  engine = await startWireEngine();
});
afterAll(() => engine.stop());

/** Signs headers for a body without sending them. */
const signed = (body: string, action = 'DescribeTaskTemplates', over: { now?: number } = {}) => {
  const { host: _host, ...headers } = sign(
    {
      method: 'POST',
      host: engine.host,
      service: 'batch',
      action,
      version: '2017-03-12',
      region: 'ap-guangzhou',
      body,
    },
    credential,
    over.now ?? engine.clock.now,
  );
  return headers;
};
const post = async (headers: Record<string, string>, body: string) =>
  replyOf(await fetch(engine.endpoint, { method: 'POST', headers, body }));

test('a valid request gets status 200, the exact content type and a new request id', async () => {
  // No test of this file creates an environment.
  const one = await engine.call('DescribeComputeEnvs');
  const other = await engine.call('DescribeComputeEnvs');
  expect({ ...one, requestId: 'x' }).toEqual({
    status: 200,
    contentType: 'application/json',
    requestId: 'x',
    response: { ComputeEnvSet: [], TotalCount: 0 },
    code: undefined,
  });
  expect(one.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(other.requestId).not.toBe(one.requestId);
});

test('an error has status 200 and the same envelope', async () => {
  const reply = await engine.call('DescribeComputeEnv', { EnvId: 'env-00000000' });
  expect([reply.status, reply.contentType]).toEqual([200, 'application/json']);
  expect(reply.response).toEqual({
    Error: {
      Code: 'ResourceNotFound.ComputeEnv',
      Message: 'There is no compute environment `env-00000000` in ap-guangzhou.',
    },
  });
});

describe('authentication', () => {
  test('a request with an Origin header is refused although its signature is right', async () => {
    const reply = await engine.call('DescribeTaskTemplates', {}, { headers: { Origin: 'http://127.0.0.1' } });
    expect(reply.code).toBe('UnauthorizedOperation');
  });
  test('a missing or malformed Authorization header is refused', async () => {
    const { authorization: _, ...without } = signed('{}');
    expect((await post(without, '{}')).code).toBe('AuthFailure.InvalidAuthorization');
    expect((await post({ ...without, authorization: 'Bearer x' }, '{}')).code).toBe(
      'AuthFailure.InvalidAuthorization',
    );
  });
  test('an unknown SecretId is refused with the service’s wording', async () => {
    const reply = await engine.call(
      'DescribeJobs',
      {},
      { credential: { secretId: 'AKIDother', secretKey: 'x' } },
    );
    expect(reply.code).toBe('AuthFailure.SecretIdNotFound');
    expect(reply.response).toMatchObject({
      Error: {
        Message: expect.stringMatching(
          /^The SecretId is not found, please ensure that your SecretId is correct\./,
        ),
      },
    });
  });
  test('a wrong key is refused', async () => {
    const reply = await engine.call(
      'DescribeJobs',
      {},
      { credential: { ...credential, secretKey: 'wrong' } },
    );
    expect(reply.code).toBe('AuthFailure.SignatureFailure');
  });
  test('a body that was changed after signing is refused', async () => {
    expect((await post(signed('{"Limit":1}'), '{"Limit":2}')).code).toBe('AuthFailure.SignatureFailure');
  });
  test.each([
    [-300_000, undefined],
    [300_000, undefined],
    [-301_000, 'AuthFailure.SignatureExpire'],
    [301_000, 'AuthFailure.SignatureExpire'],
  ])('a clock that is off by %i milliseconds gives %s', async (skew, code) => {
    expect(
      (await post(signed('{}', 'DescribeTaskTemplates', { now: engine.clock.now + skew }), '{}')).code,
    ).toBe(code);
  });
  test('temporary keys are accepted only with their token', async () => {
    expect((await engine.call('DescribeTaskTemplates', {}, { credential: temporary })).code).toBeUndefined();
    expect(
      (await engine.call('DescribeTaskTemplates', {}, { credential: { ...temporary, token: 'old' } })).code,
    ).toBe('AuthFailure.TokenFailure');
  });
});

describe('the routing of a request', () => {
  test.each([
    ['NoSuchThing', '2017-03-12', 'InvalidAction', 'The action `NoSuchThing` is not known.'],
    ['constructor', '2017-03-12', 'InvalidAction', 'The action `constructor` is not known.'],
    ['CreateCpmComputeEnv', '2017-03-12', 'ActionOffline', 'The vendor has withdrawn this action.'],
    [
      'DescribeJobs',
      '2019-07-22',
      'NoSuchVersion',
      'The specified api version=`2019-07-22` does not exist in service=`batch`.',
    ],
  ])('%s in version %s is refused with %s', async (action, version, Code, Message) => {
    expect((await engine.call(action, {}, { version })).response).toEqual({ Error: { Code, Message } });
  });
  test('refuses an undocumented region', async () => {
    expect((await engine.call('DescribeJobs', {}, { region: 'ap-nowhere' })).code).toBe('UnsupportedRegion');
  });
  test('separates the regions', async () => {
    await engine.call('CreateTaskTemplate', {
      TaskTemplateName: 'here',
      TaskTemplateInfo: { Application: { DeliveryForm: 'LOCAL', Command: 'true' }, EnvId: 'env-00000000' },
    });
    const countIn = async (region: string) =>
      (await engine.call('DescribeTaskTemplates', {}, { region })).response.TotalCount;
    expect([await countIn('ap-guangzhou'), await countIn('ap-shanghai')]).toEqual([1, 0]);
  });
});

describe('the request log', () => {
  test('contains the action, region and outcome of every request, and no parameter', async () => {
    engine.records.length = 0;
    await engine.call('DescribeComputeEnv', { EnvId: 'env-00000000' }, { region: 'ap-tokyo' });
    await engine.call('DescribeTaskTemplates');
    expect(engine.records.map(({ requestId: _, ...record }) => record)).toEqual([
      {
        time: engine.clock.now,
        action: 'DescribeComputeEnv',
        region: 'ap-tokyo',
        code: 'ResourceNotFound.ComputeEnv',
      },
      { time: engine.clock.now, action: 'DescribeTaskTemplates', region: 'ap-guangzhou', code: undefined },
    ]);
  });
});

describe('rate limits', () => {
  test('are enforced at the documented figures per second, action and region', async () => {
    const limited = await startWireEngine({ rateLimit: 'intl' });
    try {
      const codes = [];
      for (let n = 0; n < 3; n += 1) codes.push((await limited.call('DescribeTaskTemplates')).response.Error);
      expect(codes).toEqual([
        undefined,
        undefined,
        {
          Code: 'RequestLimitExceeded',
          Message:
            'Your current request times equals to `3` in a second, which exceeds the frequency limit `2` for a second. Please reduce the frequency of calls.',
        },
      ]);
      expect((await limited.call('DescribeTaskTemplates', {}, { region: 'ap-tokyo' })).code).toBeUndefined();
      limited.clock.now += 1000;
      expect((await limited.call('DescribeTaskTemplates')).code).toBeUndefined();
    } finally {
      await limited.stop();
    }
  });
});
