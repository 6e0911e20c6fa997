/** Backpressure: the server stops reading requests while too many responses are unread. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createStrictStdio } from '../../../src/mcp/server/strict-stdio.ts';

const asked = 1_000;

test('a client that does not read responses blocks its requests until it reads; then it receives all responses in order', async () => {
  const input = new PassThrough();
  const output = new PassThrough({ highWaterMark: 1 });
  const transport = createStrictStdio({
    input,
    output,
    onEnd: () => undefined,
    observe: () => undefined,
    log: { warn: () => undefined, debug: () => undefined },
  });
  let heard = 0;
  transport.onmessage = (message) => {
    heard += 1;
    if ('id' in message && message.id !== undefined) {
      transport.send({ jsonrpc: '2.0', id: message.id, result: {} }).catch(() => undefined);
    }
  };
  await transport.start();
  const ids = Array.from({ length: asked }, (_, id) => id);
  const paused = once(input, 'pause');
  // One chunk per request, as a pipe delivers them.
  for (const id of ids) input.write(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' })}\n`);
  await paused;
  expect(heard).toBe(101);

  const answered: unknown[] = [];
  for await (const line of createInterface({ input: output })) {
    answered.push((JSON.parse(line) as { readonly id: unknown }).id);
    if (answered.length === asked) break;
  }
  expect(answered).toEqual(ids);
  await transport.close();
});
