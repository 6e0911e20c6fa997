/** Webhooks against a real HTTP server. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { networkOf } from '../../src/client/network.ts';
import { createTransport } from '../../src/client/transport.ts';
import { createPostWebhook } from '../../src/notify/post-webhook.ts';
import { eventOf } from './events.ts';

const key = Buffer.alloc(32, 3);
const requests: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];
let status = 204;
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  requests.push({ url: request.url ?? '', headers: request.headers, body });
  if (status === 0) request.socket.destroy();
  else response.writeHead(status, { location: '/elsewhere' }).end('x'.repeat(100));
});
const transport = createTransport(networkOf({ isLoopback: true }));
let url: URL;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=abc`);
});
beforeEach(() => {
  requests.length = 0;
});
afterAll(async () => {
  await transport.close();
  server.close();
});

const post = () => createPostWebhook(url, key, transport, Date.now, '1.2.3');
const { signal } = new AbortController();

test('a notice is posted with the headers of Standard Webhooks, and none of them holds text of a job', async () => {
  status = 204;
  await post()(eventOf(1, { jobName: 'text-of-a-user' }), signal);
  const [{ url: path, headers, body } = { url: '', headers: {}, body: '' }] = requests;
  expect(path).toBe('/hook?token=abc');
  expect(new Webhook(key.toString('base64')).verify(body, headers as Record<string, string>)).toMatchObject({
    data: { JobName: 'text-of-a-user' },
  });
  expect(headers['content-type']).toBe('application/json');
  expect(JSON.stringify(headers)).not.toContain('text-of-a-user');
});

test.each([302, 307, 308])('a redirect (%i) is not followed, and is a failure', async (code) => {
  status = code;
  await expect(post()(eventOf(1), signal)).rejects.toThrow(
    `${url.origin} responded with status ${code}, and redirects are not followed`,
  );
  expect(requests).toHaveLength(1);
});

test.each([400, 401, 410, 429, 500, 503])(
  'status %i is a failure whose message does not repeat the path',
  async (code) => {
    status = code;
    const failure = await post()(eventOf(1), signal).catch((error: Error) => error.message);
    expect(failure).toBe(`${url.origin} responded with status ${code}`);
  },
);

test('a receiver that closes the connection may have the notice, and the failure says that its id stays', async () => {
  status = 0;
  await expect(post()(eventOf(1), signal)).rejects.toThrow(
    /^the notice: .*\. It may have arrived; the next attempt has the same id\.$/,
  );
});

test('a receiver that is not there is a failure', async () => {
  const nowhere = createPostWebhook(new URL('http://127.0.0.1:1/'), key, transport, Date.now, '1.2.3');
  await expect(nowhere(eventOf(1), signal)).rejects.toThrow('http://127.0.0.1:1');
});
