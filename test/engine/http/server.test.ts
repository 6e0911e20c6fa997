/** The socket: limits of size and time, clients that misbehave, many at once, and how it is stopped. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttp } from '../../../src/engine/http/server.ts';
import { startWireEngine, type WireEngine } from '../wire-engine.ts';

let engine: WireEngine;
beforeAll(async () => {
  engine = await startWireEngine();
});
afterAll(() => engine.stop());

const portOf = (host: string) => Number(host.split(':')[1]);

/** Writes bytes on a fresh connection and gives all that comes back until the other side closes. */
const exchange = (port: number, ...parts: (string | Buffer)[]): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    for (const part of parts) socket.write(part);
  });
const head = (lines: string[]) =>
  `${['POST / HTTP/1.1', `Host: ${engine.host}`, 'Content-Type: application/json', ...lines].join('\r\n')}\r\n\r\n`;
const codeIn = (answer: string) => /"Code":"([^"]*)"/.exec(answer)?.[1];

describe('a body of more than 10 MB', () => {
  const limit = 10 * 1024 * 1024;
  test('is refused by its declared length, before it is read', async () => {
    const answer = await exchange(portOf(engine.host), head([`Content-Length: ${limit + 1}`]), 'x');
    expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 200 OK');
    expect(codeIn(answer)).toBe('RequestSizeLimitExceeded');
    expect(answer).toContain('Connection: close');
  });
  test('is refused where it is one byte longer, and read where it is not', async () => {
    const send = async (length: number) =>
      (await engine.call('DescribeTaskTemplates', {}, { body: `"${'x'.repeat(length - 2)}"` })).code;
    expect(await send(limit)).toBe('InvalidParameter');
    expect(await send(limit + 1)).toBe('RequestSizeLimitExceeded');
  });
  test('is refused when it comes in chunks without a length', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const framed = [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'];
    const parts = Array.from({ length: 11 }, () => framed).flat();
    const answer = await exchange(
      portOf(engine.host),
      head(['Transfer-Encoding: chunked']),
      ...parts,
      '0\r\n\r\n',
    );
    expect(codeIn(answer)).toBe('RequestSizeLimitExceeded');
  });
  test('is not unpacked from a compressed one', async () => {
    const body = gzipSync(Buffer.alloc(50 * 1024 * 1024, ' '));
    const reply = await engine.call(
      'DescribeTaskTemplates',
      {},
      { body, headers: { 'content-encoding': 'gzip' } },
    );
    expect(reply.code).toBe('InvalidParameter');
  });
});

describe('a request line or header that is too long', () => {
  test('a GET of more than 32 KB is refused', async () => {
    const answer = await exchange(
      portOf(engine.host),
      `GET /?a=${'x'.repeat(33 * 1024)} HTTP/1.1\r\nHost: ${engine.host}\r\nConnection: close\r\n\r\n`,
    );
    expect(codeIn(answer)).toBe('RequestSizeLimitExceeded');
  });
  test('headers beyond any use are refused by the same code', async () => {
    const answer = await exchange(portOf(engine.host), head([`X-Filler: ${'x'.repeat(100 * 1024)}`]));
    expect(answer.split('\r\n').slice(0, 2)).toEqual(['HTTP/1.1 200 OK', 'Content-Type: application/json']);
    expect(codeIn(answer)).toBe('RequestSizeLimitExceeded');
  });
});

test.each([['PUT'], ['DELETE'], ['OPTIONS'], ['PATCH']])('%s is no method of the API', async (method) => {
  const answer = await exchange(
    portOf(engine.host),
    `${method} / HTTP/1.1\r\nHost: ${engine.host}\r\nConnection: close\r\n\r\n`,
  );
  expect(codeIn(answer)).toBe('UnsupportedProtocol');
  expect(answer).not.toMatch(/access-control/i);
});

test('bytes that are not HTTP are answered with 400 and the connection is closed', async () => {
  expect(await exchange(portOf(engine.host), 'nonsense\r\n\r\n')).toBe(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  );
});

test.each([
  ['its header', `POST / HTTP/1.1\r\nHost: x`],
  ['its body', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{`],
])('a client that does not finish %s is cut off', async (_, begun) => {
  const answer = () => ({ kind: 'whole', body: '{}' }) as const;
  const server = await startHttp({ port: 0, answer, patience: { header: 50, request: 100 } });
  try {
    expect(await exchange(server.port, begun)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  } finally {
    await server.stop();
  }
});

test('a client that neither finishes nor reads what it is told loses its connection', async () => {
  const answer = () => ({ kind: 'whole', body: '{}' }) as const;
  const server = await startHttp({ port: 0, answer, patience: { header: 50, request: 100 } });
  const socket = connect({ host: '127.0.0.1', port: server.port });
  // Nobody listens for data, so the end that the engine sends is never seen; only a reset is, when more is written.
  const writes = setInterval(() => socket.write('a'), 20);
  try {
    socket.write('POST / HTTP/1.1\r\nX-Slow: ');
    await new Promise<void>((resolve) => {
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
    expect(socket.destroyed).toBe(true);
  } finally {
    clearInterval(writes);
    await server.stop();
  }
});

test('a client that goes away in the middle of its body disturbs nobody', async () => {
  await new Promise<void>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: portOf(engine.host) }, () => {
      socket.write(head(['Content-Length: 1000']));
      socket.write('{', () => socket.destroy());
    });
    socket.on('close', () => resolve());
  });
  expect((await engine.call('DescribeTaskTemplates')).code).toBeUndefined();
  expect(engine.defects).toEqual([]);
});

test('five hundred calls at once are all answered', async () => {
  const replies = await Promise.all(Array.from({ length: 500 }, () => engine.call('DescribeTaskTemplates')));
  expect(new Set(replies.map((reply) => reply.code))).toEqual(new Set([undefined]));
  expect(new Set(replies.map((reply) => reply.requestId)).size).toBe(500);
});

test('a handler that throws is an InternalError without its words, and the next call works', async () => {
  const broken = await startWireEngine();
  try {
    broken.db.exec('DROP TABLE task_templates');
    const reply = await broken.call('DescribeTaskTemplates');
    expect(reply.code).toBe('InternalError');
    expect(JSON.stringify(reply.response)).not.toContain('task_templates');
    expect(broken.defects.length).toBe(1);
    expect((await broken.call('DescribeComputeEnvs')).code).toBeUndefined();
  } finally {
    await broken.stop();
  }
});

describe('listening', () => {
  const answer = () => ({ kind: 'whole', body: '{}' }) as const;
  test('is on 127.0.0.1 and no other address', async () => {
    const server = await startHttp({ port: 0, answer });
    try {
      const reached = await new Promise((resolve) => {
        const socket = connect({ host: '127.0.0.2', port: server.port }, () => resolve('connected'));
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
      expect(reached).toBe('ECONNREFUSED');
    } finally {
      await server.stop();
    }
  });
  test('fails with the reason when the port is taken', async () => {
    const server = await startHttp({ port: 0, answer });
    try {
      await expect(startHttp({ port: server.port, answer })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    } finally {
      await server.stop();
    }
  });
  test('ends although a client keeps its connection open', async () => {
    const server = await startHttp({ port: 0, answer });
    const socket = connect({ host: '127.0.0.1', port: server.port });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n`);
    await new Promise((resolve) => socket.on('connect', resolve));
    await server.stop();
    await closed;
  });
});
