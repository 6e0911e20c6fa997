/**
 * A receiver of webhooks in a process with its own file. Arguments: the file, the secret. It verifies each signature with
 * the library of Standard Webhooks, appends `id body` as a line, and responds 204. Prints its address when it listens.
 */
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

const [, , file = '', secret = ''] = process.argv;
const webhook = new Webhook(secret);

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  try {
    // The library reads plain texts.
    webhook.verify(body, request.headers as Record<string, string>);
  } catch (error) {
    appendFileSync(file, `invalid ${String(error)}\n`);
    response.writeHead(401).end();
    return;
  }
  appendFileSync(file, `${String(request.headers['webhook-id'])} ${body}\n`);
  response.writeHead(204).end();
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook\n`);
});
