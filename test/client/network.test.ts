import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type NetworkOptions, networkOf } from '../../src/client/network.ts';
import { createTransport } from '../../src/client/transport.ts';
import { ConfigError } from '../../src/shared/errors.ts';
import { root } from '../paths.ts';
import { endLater, failureOf } from './client-under-test.ts';
import { startProxy } from './loopback-service.ts';

const fixture = (name: string) => readFileSync(join(root, 'test', 'fixtures', name), 'utf8');
const ca = fixture('loopback-cert.pem');

const startEncrypted = async (): Promise<string> => {
  const server = createServer({ cert: ca, key: fixture('loopback-key.pem') }, (_request, response) => {
    response.end('over TLS');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endLater(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const { port } = server.address() as AddressInfo; // A listening TCP server has an AddressInfo.
  return `https://127.0.0.1:${port}`;
};
const get = async (origin: string, options: NetworkOptions): Promise<string> => {
  const transport = createTransport(networkOf(options));
  endLater(transport.close);
  const subject = { name: 'DescribeJobs', changes: false };
  return (await transport.send({ operation: subject, method: 'GET', origin, headers: {}, timeoutMs: 60_000 }))
    .body;
};

test('a certificate of a private authority is trusted only when the authority is configured', async () => {
  const origin = await startEncrypted();
  expect(await get(origin, { ca, isLoopback: true })).toBe('over TLS');
  expect(await failureOf(get(origin, { isLoopback: true }))).toMatchObject({
    mayHaveExecuted: false,
    message: expect.stringMatching(/is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\).*--ca/),
  });
});

test('a certificate of a configured private authority is trusted through a proxy', async () => {
  const proxy = await startProxy(await startEncrypted());
  endLater(proxy.stop);
  expect(await get('https://batch.invalid', { ca, env: { https_proxy: proxy.origin } })).toBe('over TLS');
  expect(proxy.asked).toEqual(['batch.invalid:443']);
});

test('the address of a proxy may omit the scheme', async () => {
  const proxy = await startProxy(await startEncrypted());
  endLater(proxy.stop);
  const env = { HTTPS_PROXY: proxy.origin.replace('http://', '') };
  expect(await get('https://batch.invalid', { ca, env })).toBe('over TLS');
});

test.each<NetworkOptions>([
  { env: { HTTPS_PROXY: 'http://me:canary@pro xy' } },
  { env: { HTTP_PROXY: 'file:///canary' } },
  { ca: 'canary' },
])('an invalid configuration is refused without showing its value: %j', async (options) => {
  const error = await failureOf(get('https://batch.invalid', options));
  expect(error).toBeInstanceOf(ConfigError);
  expect(String(error)).not.toMatch(/canary/);
});
