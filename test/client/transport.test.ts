import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { networkOf } from '../../src/client/network.ts';
import { createTransport, type HttpRequest, type Transport } from '../../src/client/transport.ts';
import { TransportError } from '../../src/shared/errors.ts';
import {
  cut,
  deadOrigin,
  half,
  type LoopbackService,
  type Reply,
  startLoopbackService,
  startProxy,
} from './loopback-service.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const serve = async (reply: Reply): Promise<LoopbackService> => {
  const service = await startLoopbackService(() => reply);
  closers.push(service.stop);
  return service;
};
const open = (env: Record<string, string> = {}, isLoopback = true): Transport => {
  const transport = createTransport(networkOf({ env, isLoopback }));
  closers.push(transport.close);
  return transport;
};
const request = (origin: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  operation: { name: 'TerminateJob', changes: true },
  method: 'POST',
  origin,
  headers: { 'content-type': 'application/json', 'x-tc-token': 'canary-token' },
  body: '{"JobId":"job-97zcl3wt","Password":"canary-password"}',
  timeoutMs: 60_000,
  ...more,
});
const failureOf = async (sent: Promise<unknown>): Promise<{ message: string; mayHaveExecuted: boolean }> => {
  const error = await sent.then(
    () => new Error('It did not fail.'),
    (thrown: unknown) => thrown,
  );
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
  if (!(error instanceof TransportError)) throw error;
  return { message: error.message.replace(/:\d+/g, ':PORT'), mayHaveExecuted: error.mayHaveExecuted };
};

describe('a response', () => {
  test('has status, headers and body', async () => {
    const service = await serve({ JobId: 'job-97zcl3wt' });
    const answer = await open().send(request(service.origin));
    expect({ ...answer, headers: answer.headers['content-type'] }).toEqual({
      status: 200,
      headers: 'application/json',
      body: '{"Response":{"JobId":"job-97zcl3wt","RequestId":"request-1"}}',
    });
  });

  test('to successive requests arrives on one keep-alive connection', async () => {
    const service = await serve({});
    const transport = open();
    for (let n = 0; n < 10; n++) await transport.send(request(service.origin));
    // undici releases a connection one event loop turn after its response, so a fast caller alternates between two.
    expect([service.received.length, service.connections]).toEqual([10, 2]);
  });

  test('that redirects is returned, not followed', async () => {
    const elsewhere = await serve({});
    const service = await serve((response) => {
      response.writeHead(307, { location: elsewhere.origin });
      response.end();
    });
    const answer = await open().send(request(service.origin));
    expect([answer.status, elsewhere.received]).toEqual([307, []]);
  });
});

describe('a transport error says whether anything was sent, without any secret', () => {
  test('when the connection is refused', async () => {
    expect(await failureOf(open().send(request(await deadOrigin())))).toMatchInlineSnapshot(`
      {
        "mayHaveExecuted": false,
        "message": "TerminateJob: http://127.0.0.1:PORT refuses connections (ECONNREFUSED): check that it is running and that the port is correct. Nothing was sent.",
      }
    `);
  });

  test('when the host does not exist', async () => {
    const failure = await failureOf(open().send(request('http://no-such-host.invalid')));
    expect(failure).toMatchObject({ mayHaveExecuted: false });
  });

  test('when the connection is closed before the response', async () => {
    const service = await serve(cut);
    expect(await failureOf(open().send(request(service.origin)))).toMatchInlineSnapshot(`
      {
        "mayHaveExecuted": true,
        "message": "TerminateJob: the connection to http://127.0.0.1:PORT was lost before the response was complete (UND_ERR_SOCKET). It may have been carried out: read the state before repeating it.",
      }
    `);
    expect(service.received).toHaveLength(1);
  });

  test('when the connection is closed within the response', async () => {
    const service = await serve(half);
    expect(await failureOf(open().send(request(service.origin)))).toMatchInlineSnapshot(`
      {
        "mayHaveExecuted": true,
        "message": "TerminateJob: the connection to http://127.0.0.1:PORT was lost before the response was complete (UND_ERR_SOCKET). It may have been carried out: read the state before repeating it.",
      }
    `);
  });

  test('after the time limit', async () => {
    const service = await serve(() => {});
    const sent = open().send(request(service.origin, { timeoutMs: 50 }));
    expect(await failureOf(sent)).toMatchInlineSnapshot(`
      {
        "mayHaveExecuted": true,
        "message": "TerminateJob: no complete response from http://127.0.0.1:PORT within 0.05 s. It may have been carried out: read the state before repeating it.",
      }
    `);
  });

  test('when the response is not HTTP', async () => {
    const service = await serve((response, { headers }) => {
      response.socket?.end(`garbage ${JSON.stringify(headers)}\r\n\r\n`);
    });
    expect(await failureOf(open().send(request(service.origin)))).toMatchInlineSnapshot(`
      {
        "mayHaveExecuted": true,
        "message": "TerminateJob: the connection to http://127.0.0.1:PORT was lost before the response was complete. It may have been carried out: read the state before repeating it.",
      }
    `);
  });

  test('when the response is too large, without reading all of it', async () => {
    let isCut = false;
    const service = await serve((response) => {
      response.on('close', () => {
        isCut = !response.writableFinished;
      });
      const megabyte = Buffer.alloc(1024 * 1024, 'a');
      const write = (): void => {
        if (!response.destroyed) response.write(megabyte, () => setImmediate(write));
      };
      write();
    });
    expect(await failureOf(open().send(request(service.origin)))).toMatchInlineSnapshot(`
      {
        "mayHaveExecuted": true,
        "message": "TerminateJob: the response of http://127.0.0.1:PORT is larger than 20 MB. It may have been carried out: read the state before repeating it.",
      }
    `);
    await expect.poll(() => isCut).toBe(true);
  });

  test('of a request that only reads', async () => {
    const service = await serve(cut);
    const sent = open().send(
      request(service.origin, { operation: { name: 'DescribeJobs', changes: false } }),
    );
    expect(await failureOf(sent)).toMatchInlineSnapshot(`
      {
        "mayHaveExecuted": true,
        "message": "DescribeJobs: the connection to http://127.0.0.1:PORT was lost before the response was complete (UND_ERR_SOCKET). It only reads, so it can be called again.",
      }
    `);
  });

  test('when the caller cancels before and after sending', async () => {
    const controller = new AbortController();
    const service = await serve(() => controller.abort());
    const transport = open();
    expect(
      await failureOf(transport.send(request(service.origin, { signal: controller.signal }))),
    ).toMatchInlineSnapshot(`
      {
        "mayHaveExecuted": true,
        "message": "TerminateJob: it was cancelled before a response was received. It may have been carried out: read the state before repeating it.",
      }
    `);
    expect(
      await failureOf(transport.send(request(service.origin, { signal: controller.signal }))),
    ).toMatchInlineSnapshot(`
      {
        "mayHaveExecuted": false,
        "message": "TerminateJob: it was cancelled. Nothing was sent.",
      }
    `);
    expect(service.received).toHaveLength(1);
  });

  test('when the transport is closed during a request', async () => {
    const transport = createTransport(networkOf({ isLoopback: true }));
    const service = await serve(() => void transport.close());
    expect(await failureOf(transport.send(request(service.origin)))).toMatchObject({ mayHaveExecuted: true });
  });
});

describe('a proxy from the environment', () => {
  test('is used for all hosts but those of NO_PROXY', async () => {
    const service = await serve({ From: 'service' });
    const proxy = await startProxy(service.origin);
    closers.push(proxy.stop);
    const send = (env: Record<string, string>) =>
      open({ HTTP_PROXY: proxy.origin, ...env }, false).send(request('http://batch.invalid'));
    expect((await send({})).body).toContain('service');
    expect(proxy.asked).toEqual(['batch.invalid:80']);
    expect(await failureOf(send({ NO_PROXY: '.invalid' }))).toMatchObject({ mayHaveExecuted: false });
  });

  test('that is unreachable means that nothing was sent', async () => {
    const transport = open({ HTTPS_PROXY: await deadOrigin() }, false);
    expect(await failureOf(transport.send(request('https://batch.invalid')))).toMatchObject({
      mayHaveExecuted: false,
    });
  });

  test('is never used for this machine', async () => {
    const proxy = await startProxy(await deadOrigin());
    closers.push(proxy.stop);
    const service = await serve({ From: 'service' });
    const answer = await open({ HTTP_PROXY: proxy.origin }).send(request(service.origin));
    expect([answer.body.includes('service'), proxy.asked]).toEqual([true, []]);
  });
});
