/** Why a connection fails: each cause of TLS and of proxies has its own message, and is not retried. */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lossOf } from '../../src/client/failures.ts';
import { type NetworkOptions, networkOf } from '../../src/client/network.ts';
import { proxiesOf } from '../../src/client/proxy.ts';
import { createTransport } from '../../src/client/transport.ts';
import { ConfigError, TransportError } from '../../src/shared/errors.ts';
import { root } from '../paths.ts';
import { endLater, failureOf } from './client-under-test.ts';

const fixture = (name: string) => readFileSync(join(root, 'test', 'fixtures', name), 'utf8');
const key = fixture('loopback-key.pem');

/** @returns the port */
const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endLater(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port; // A listening TCP server has an AddressInfo.
};

const attempt = async (origin: string, options: NetworkOptions) => {
  const transport = createTransport(networkOf(options));
  endLater(transport.close);
  const operation = { name: 'DescribeJobs', changes: false };
  const error = await failureOf(
    transport.send({ operation, method: 'GET', origin, headers: {}, timeoutMs: 60_000 }),
  );
  if (!(error instanceof TransportError)) throw error;
  return { message: error.message, loss: lossOf(error), mayHaveExecuted: error.mayHaveExecuted };
};

describe('the certificate of an endpoint', () => {
  test.each([
    ['expired-cert.pem', true, /has expired \(CERT_HAS_EXPIRED\): check the clock/],
    ['future-cert.pem', true, /is not valid yet \(CERT_NOT_YET_VALID\): check the clock/],
    ['other-host-cert.pem', true, /belongs to another host \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
    ['loopback-cert.pem', false, /is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\): .*--ca/],
  ])('%s, with its authority trusted: %s, fails with its own message', async (name, isTrusted, message) => {
    const port = await listen(createServer({ cert: fixture(name), key }, (_, response) => response.end()));
    const options = { isLoopback: true, ...(isTrusted && { ca: fixture(name) }) };
    expect(await attempt(`https://127.0.0.1:${port}`, options)).toEqual({
      message: expect.stringMatching(message),
      loss: 'unreachable',
      mayHaveExecuted: false,
    });
  });

  test('is not the problem if the port does not speak TLS', async () => {
    const port = await listen(createHttpServer());
    expect(await attempt(`https://127.0.0.1:${port}`, { isLoopback: true })).toMatchObject({
      message: expect.stringMatching(/does not speak TLS/),
      loss: 'unreachable',
    });
  });
});

describe('a proxy', () => {
  test.each([
    [407, /requires a login \(407 Proxy Authentication Required\): write user and password into HTTPS_PROXY/],
    [403, /the proxy of HTTPS_PROXY refused the connection to https:\/\/batch\.invalid with status 403/],
    [502, /the proxy of HTTPS_PROXY refused the connection to https:\/\/batch\.invalid with status 502/],
  ])('that answers CONNECT with %i is named, and the call is not retried', async (status, message) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`));
    });
    const env = { HTTPS_PROXY: `http://me:canary@127.0.0.1:${await listen(server)}` };
    const failed = await attempt('https://batch.invalid', { env });
    expect(failed).toEqual({
      message: expect.stringMatching(message),
      loss: 'unreachable',
      mayHaveExecuted: false,
    });
    expect(failed.message).not.toContain('canary');
  });

  test('that does not run is named, not the endpoint', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(
      await attempt('https://batch.invalid', { env: { HTTPS_PROXY: `http://127.0.0.1:${port}` } }),
    ).toMatchObject({
      message: expect.stringMatching(/the proxy of HTTPS_PROXY cannot be reached \(ECONNREFUSED\)/),
    });
  });

  test.each([
    'http://me:canary@pro xy',
    'file:///canary',
    'http://canary:99999',
    'http://[canary',
    'http://host/canary',
    'http://me:100%canary@host',
    '${HTTPS_PROXY}',
    '"http://canary:8080"',
    'http://<canary>:8080',
  ])(
    'with the malformed address %j is rejected with the name of its variable and without the address',
    (address) => {
      for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) {
        const error = (() => {
          try {
            return proxiesOf({ [name]: address });
          } catch (thrown) {
            return thrown;
          }
        })();
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).toMatch(new RegExp(`^ConfigError: ${name} `));
        expect(String(error)).not.toContain('canary');
      }
    },
  );

  test('may be given with spaces around it, without a scheme, or not at all', () => {
    expect(proxiesOf({ HTTPS_PROXY: ' proxy.example:8080\n', no_proxy: ' a,b ' })).toEqual({
      httpProxy: '',
      httpsProxy: 'http://proxy.example:8080',
      noProxy: 'a,b',
    });
  });

  test('with a malformed address does not affect calls to this machine', async () => {
    const port = await listen(createHttpServer((_, response) => response.end('ok')));
    const transport = createTransport(networkOf({ isLoopback: true, env: { HTTPS_PROXY: 'http://[' } }));
    endLater(transport.close);
    const operation = { name: 'DescribeJobs', changes: false };
    const origin = `http://127.0.0.1:${port}`;
    expect(
      (await transport.send({ operation, method: 'GET', origin, headers: {}, timeoutMs: 60_000 })).body,
    ).toBe('ok');
  });
});
