import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { type BatchClientOptions, createBatchClient } from '../../src/client/batch-client.ts';
import { endpointOf } from '../../src/client/endpoints.ts';
import { networkOf } from '../../src/client/network.ts';
import { createTransport } from '../../src/client/transport.ts';
import { ApiError, ConfigError, InputError } from '../../src/errors.ts';
import {
  errorReply,
  type LoopbackService,
  type Received,
  type Reply,
  startLoopbackService,
} from './loopback-service.ts';

const credential = { secretId: 'AKIDcanary', secretKey: 'canary-key', token: 'canary-token' };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const serve = async (reply: (received: Received, count: number) => Reply): Promise<LoopbackService> => {
  const service = await startLoopbackService(reply, { known: credential });
  closers.push(service.stop);
  return service;
};
const clientOf = (service: LoopbackService, more: Partial<BatchClientOptions> = {}) => {
  const client = createBatchClient({
    endpoint: endpointOf(service.origin),
    region: 'ap-guangzhou',
    credential: async () => credential,
    transport: createTransport(networkOf({ isLoopback: true })),
    version: '1.2.3',
    ...more,
  });
  closers.push(client.close);
  return client;
};

describe('a call', () => {
  test('arrives signed, with the arguments as they were written, and brings its value back', async () => {
    const service = await serve(() => ({ TotalCount: 0, JobSet: [] }));
    const value = await clientOf(service).call('DescribeJobs', { Limit: 5 }, { region: 'ap-tokyo' });
    expect(value).toEqual({ TotalCount: 0, JobSet: [], RequestId: 'request-1' });
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

  test('of the service that is refused throws the code with its meaning', async () => {
    const service = await serve(() => errorReply('ResourceNotFound.Job', 'no such job'));
    const error = await clientOf(service)
      .call('DescribeJob', { JobId: 'job-97zcl3wt' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      action: 'DescribeJob',
      code: 'ResourceNotFound.Job',
      requestId: 'request-1',
    });
  });

  test('with another key is refused and does not tell it', async () => {
    const service = await serve(() => ({}));
    const other = { ...credential, secretKey: 'canary-other' };
    const error = await clientOf(service, { credential: async () => other })
      .call('DescribeJobs', {})
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'AuthFailure.SignatureFailure' });
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary-/);
  });

  test('asks for the keys every time, so that new ones count at once', async () => {
    const service = await serve(() => ({}));
    const keys = [credential, { ...credential, secretId: 'AKIDnew' }];
    const client = clientOf(service, { credential: async () => keys.shift() ?? credential });
    await client.call('DescribeJobs', {});
    await expect(client.call('DescribeJobs', {})).rejects.toMatchObject({
      code: 'AuthFailure.SecretIdNotFound',
    });
  });
});

describe('nothing is sent', () => {
  test('without a region, or to one that does not exist', async () => {
    const service = await serve(() => ({}));
    const client = clientOf(service, { region: undefined });
    await expect(client.call('DescribeJobs', {})).rejects.toThrow(ConfigError);
    await expect(client.call('DescribeJobs', {}, { region: 'ap-atlantis' })).rejects.toThrow(InputError);
    expect(service.received).toEqual([]);
  });

  test('without credentials', async () => {
    const service = await serve(() => ({}));
    const none = new ConfigError('There are no credentials.');
    await expect(
      clientOf(service, { credential: () => Promise.reject(none) }).call('DescribeJobs', {}),
    ).rejects.toBe(none);
    expect(service.received).toEqual([]);
  });
});
