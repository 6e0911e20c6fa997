import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fixedCredentials } from '../../src/client/credentials/credentials.ts';
import { ApiError, ConfigError, InputError } from '../../src/shared/errors.ts';
import { clientOf, credential, failureOf, serve } from './client-under-test.ts';
import { errorReply } from './loopback-service.ts';

describe('a call of the client', () => {
  test('is received signed, with unchanged arguments, and returns the output', async () => {
    const service = await serve(() => ({ TotalCount: 0, JobSet: [] }));
    const client = await clientOf(service);
    expect(await client.call('DescribeJobs', { Limit: 5 }, { region: 'ap-tokyo' })).toEqual({
      output: { TotalCount: 0, JobSet: [], RequestId: 'request-1' },
      notices: [],
      clientToken: undefined,
    });
    const { method, url, input, headers } = service.received[0] ?? {};
    const {
      authorization,
      host,
      'x-tc-timestamp': timestamp,
      'content-length': length,
      ...others
    } = headers ?? {};
    expect(authorization).toMatch(
      /^TC3-HMAC-SHA256 Credential=AKIDcanary\/\d{4}-\d\d-\d\d\/batch\/tc3_request, /,
    );
    expect([host, timestamp, length]).toEqual([
      service.origin.replace('http://', ''),
      expect.stringMatching(/^\d{10}$/),
      '11',
    ]);
    expect({ method, url, input, others }).toMatchInlineSnapshot(`
      {
        "input": {
          "Limit": 5,
        },
        "method": "POST",
        "others": {
          "connection": "keep-alive",
          "content-type": "application/json",
          "x-tc-action": "DescribeJobs",
          "x-tc-language": "en-US",
          "x-tc-region": "ap-tokyo",
          "x-tc-requestclient": "batch-mcp_1.2.3",
          "x-tc-token": "canary-token",
          "x-tc-version": "2017-03-12",
        },
        "url": "/",
      }
    `);
  });

  test('that the service refuses throws the code with its meaning', async () => {
    const service = await serve(() => errorReply('ResourceNotFound.Job', 'no such job'));
    const client = await clientOf(service);
    const error = await failureOf(client.call('DescribeJob', { JobId: 'job-97zcl3wt' }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      action: 'DescribeJob',
      code: 'ResourceNotFound.Job',
      requestId: 'request-1',
    });
  });

  test('with a wrong key is refused without revealing the key', async () => {
    const service = await serve(() => ({}));
    const other = { ...credential, secretKey: 'canary-other' };
    const client = await clientOf(service, { credentials: fixedCredentials(other, 'a test') });
    const error = await failureOf(client.call('DescribeJobs', {}));
    expect(error).toMatchObject({ code: 'AuthFailure.SignatureFailure' });
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary-/);
  });

  test('reads the credentials every time, so that new keys take effect at once', async () => {
    const service = await serve(() => ({}));
    let keys = credential;
    const client = await clientOf(service, {
      credentials: { get: () => fixedCredentials(keys, 'a test').get() },
    });
    await client.call('DescribeJobs', {});
    keys = { ...credential, secretId: 'AKIDnew' };
    await expect(client.call('DescribeJobs', {})).rejects.toMatchObject({
      code: 'AuthFailure.SecretIdNotFound',
    });
  });
});

describe('the client sends nothing', () => {
  test('without a region, or with an unknown one', async () => {
    const service = await serve(() => ({}));
    const client = await clientOf(service, { region: undefined });
    await expect(client.call('DescribeJobs', {})).rejects.toThrow(ConfigError);
    await expect(client.call('DescribeJobs', {}, { region: 'ap-atlantis' })).rejects.toThrow(InputError);
    expect(service.received).toEqual([]);
  });

  test('without credentials', async () => {
    const service = await serve(() => ({}));
    const none = new ConfigError('There are no credentials.');
    const client = await clientOf(service, { credentials: { get: () => Promise.reject(none) } });
    expect(await failureOf(client.call('DescribeJobs', {}))).toBe(none);
    expect(service.received).toEqual([]);
  });
});
