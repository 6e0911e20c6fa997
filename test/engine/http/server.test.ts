/** The HTTP server: limits of size, time and number, misbehaving clients, and how it stops. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttp } from '../../../src/engine/http/server.ts';
import { sign } from '../../../src/tc3/sign.ts';
import { credential, startWireEngine, type WireEngine } from '../wire-engine.ts';

let engine: WireEngine;
beforeAll(async () => {
  engine = await startWireEngine();
});
afterAll(() => engine.stop());

const bodyLimit = () => ({ bytes: 1000, isVerified: false });
const portOf = (host: string) => Number(host.split(':')[1]);

/** Writes bytes on a new connection and returns everything that comes back until the server closes it. */
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
/** The headers of a signed request, except those that `head` writes. */
const signedLines = (secretId = credential.secretId): string[] => {
  const {
    host: _,
    'content-type': _type,
    ...headers
  } = sign(
    {
      method: 'POST',
      host: engine.host,
      service: 'batch',
      action: 'DescribeTaskTemplates',
      version: '2017-03-12',
      region: 'ap-guangzhou',
      body: '{}',
    },
    { ...credential, secretId },
    engine.clock.now,
  );
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
};
const codeIn = (answer: string) => /"Code":"([^"]*)"/.exec(answer)?.[1];

describe('a body of more than 10 MB', () => {
  const limit = 10 * 1024 * 1024;
  test('is refused by its declared length before it is read', async () => {
    const answer = await exchange(portOf(engine.host), head([`Content-Length: ${limit + 1}`]), 'x');
    expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 200 OK');
    expect(codeIn(answer)).toBe('RequestSizeLimitExceeded');
    expect(answer).toContain('Connection: close');
  });
  test('is refused, and one of exactly 10 MB is read', async () => {
    const send = async (length: number) =>
      (await engine.call('DescribeTaskTemplates', {}, { body: `"${'x'.repeat(length - 2)}"` })).code;
    expect(await send(limit)).toBe('InvalidParameter');
    expect(await send(limit + 1)).toBe('RequestSizeLimitExceeded');
  });
  test('is refused when it arrives in chunks without a declared length', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const framed = [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'];
    const parts = Array.from({ length: 11 }, () => framed).flat();
    const answer = await exchange(
      portOf(engine.host),
      head([...signedLines(), 'Transfer-Encoding: chunked']),
      ...parts,
      '0\r\n\r\n',
    );
    expect(codeIn(answer)).toBe('RequestSizeLimitExceeded');
  });
  test('is not decompressed', async () => {
    const body = gzipSync(Buffer.alloc(50 * 1024 * 1024, ' '));
    const reply = await engine.call(
      'DescribeTaskTemplates',
      {},
      { body, headers: { 'content-encoding': 'gzip' } },
    );
    expect(reply.code).toBe('InvalidParameter');
  });
});

describe('a request line or a header that is too long', () => {
  test('a GET of more than 32 KB is refused', async () => {
    const answer = await exchange(
      portOf(engine.host),
      `GET /?a=${'x'.repeat(33 * 1024)} HTTP/1.1\r\nHost: ${engine.host}\r\nConnection: close\r\n\r\n`,
    );
    expect(codeIn(answer)).toBe('RequestSizeLimitExceeded');
  });
  test('headers that are too large are refused with the same code', async () => {
    const answer = await exchange(portOf(engine.host), head([`X-Filler: ${'x'.repeat(100 * 1024)}`]));
    expect(answer.split('\r\n').slice(0, 2)).toEqual(['HTTP/1.1 200 OK', 'Content-Type: application/json']);
    expect(codeIn(answer)).toBe('RequestSizeLimitExceeded');
  });
});

test.each([['PUT'], ['DELETE'], ['OPTIONS'], ['PATCH']])('%s is refused as a method', async (method) => {
  const answer = await exchange(
    portOf(engine.host),
    `${method} / HTTP/1.1\r\nHost: ${engine.host}\r\nConnection: close\r\n\r\n`,
  );
  expect(codeIn(answer)).toBe('UnsupportedProtocol');
  expect(answer).not.toMatch(/access-control/i);
});

test('bytes that are not HTTP are answered with status 400 and the connection is closed', async () => {
  expect(await exchange(portOf(engine.host), 'nonsense\r\n\r\n')).toBe(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  );
});

const respond = () => ({ kind: 'whole', body: '{}' }) as const;
const timeouts = { header: 50, request: 100, stall: 1000 };

test.each([
  ['its header', `POST / HTTP/1.1\r\nHost: x`],
  ['its body', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{`],
])('a client that does not finish %s is disconnected', async (_, begun) => {
  const server = await startHttp({ port: 0, bodyLimit, respond, timeouts });
  try {
    expect(await exchange(server.port, begun)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  } finally {
    await server.stop();
  }
});

test.each([
  ['sends nothing', '', ''],
  ['stalls in its body', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{`, ''],
])('a client that connects and %s is disconnected', async (_, begun, response) => {
  const patient = { header: 600_000, request: 600_000, stall: 50 };
  const server = await startHttp({ port: 0, bodyLimit, respond, timeouts: patient });
  try {
    expect(await exchange(server.port, begun)).toBe(response);
  } finally {
    await server.stop();
  }
});

test('a client that neither finishes its header nor reads the response is disconnected', async () => {
  const server = await startHttp({ port: 0, bodyLimit, respond, timeouts });
  const socket = connect({ host: '127.0.0.1', port: server.port });
  // Without a listener for data the end of the stream is never seen; only the reset that follows a further write is.
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

describe('before the caller is authenticated', () => {
  test.each([
    ['an unknown SecretId', () => signedLines('AKIDunknown'), 'AuthFailure.SecretIdNotFound'],
    ['no Authorization', () => [], 'AuthFailure.InvalidAuthorization'],
    ['an Origin', () => [...signedLines(), 'Origin: http://example.com'], 'UnauthorizedOperation'],
  ])('a request with %s is refused without its body', async (_, lines, code) => {
    // The client declares five megabytes and sends none of them.
    const answer = await exchange(
      portOf(engine.host),
      head([...lines(), `Content-Length: ${5 * 1024 ** 2}`]),
    );
    expect(codeIn(answer)).toBe(code);
    expect(answer).toContain('Connection: close');
  });

  test('bodies together are held to a total, small requests always fit, and the total is returned', async () => {
    const capacity = { connections: 100, bodyBytes: 32 * 1024, unverifiedBodyBytes: 32 * 1024 };
    const small = await startWireEngine({}, undefined, { capacity });
    const port = portOf(small.host);
    const form = (length: number) =>
      `POST / HTTP/1.1\r\nHost: ${small.host}\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
    // 16 KiB of each body are free, so this one takes the whole total.
    const body = Buffer.alloc(48 * 1024, 'a');
    try {
      const first = connect({ host: '127.0.0.1', port });
      first.write(form(2 * body.length));
      await new Promise((resolve) => first.write(body, resolve));
      // What the kernel had accepted before these calls has been read when they are answered.
      for (let calls = 0; calls < 3; calls += 1) {
        expect((await small.call('DescribeTaskTemplates')).code).toBeUndefined();
      }
      expect(codeIn(await exchange(port, form(body.length), body))).toBe('RequestLimitExceeded');
      expect((await small.call('DescribeTaskTemplates')).code).toBeUndefined();
      first.destroy();
      let code: string | undefined = 'RequestLimitExceeded';
      while (code === 'RequestLimitExceeded') code = codeIn(await exchange(port, form(body.length), body));
      expect(code).toBe('MissingParameter');
    } finally {
      await small.stop();
    }
  });

  test('connections beyond the limit are closed, and idle ones make room', async () => {
    const capacity = { connections: 2, bodyBytes: 1000, unverifiedBodyBytes: 1000 };
    const server = await startHttp({ port: 0, bodyLimit, respond, capacity });
    const request = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n';
    const open = (text: string) => {
      const socket = connect({ host: '127.0.0.1', port: server.port });
      socket.on('error', () => undefined);
      const closed = new Promise<string>((resolve) => socket.on('close', () => resolve('closed')));
      const answered = new Promise<string>((resolve) => socket.once('data', () => resolve('answered')));
      socket.write(text);
      return { socket, closed, answered };
    };
    try {
      const idle = open(`${request}{}`);
      expect(await idle.answered).toBe('answered');
      const unfinished = open(request);
      await new Promise((resolve) => unfinished.socket.on('connect', resolve));
      const third = open(`${request}{}`);
      // The idle connection goes, and the third gets its place.
      expect(await third.answered).toBe('answered');
      expect(await idle.closed).toBe('closed');
      const fourth = open(request);
      await third.closed;
      const fifth = open(request);
      expect(await fifth.closed).toBe('closed');
      for (const { socket } of [unfinished, fourth]) socket.destroy();
    } finally {
      await server.stop();
    }
  });
});

test('a client that disconnects in the middle of its body does not affect other calls', async () => {
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

test('five hundred simultaneous calls are all answered', async () => {
  const replies = await Promise.all(Array.from({ length: 500 }, () => engine.call('DescribeTaskTemplates')));
  expect(new Set(replies.map((reply) => reply.code))).toEqual(new Set([undefined]));
  expect(new Set(replies.map((reply) => reply.requestId)).size).toBe(500);
});

test('an exception in a handler becomes an InternalError without its message, and the next call works', async () => {
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

describe('the server', () => {
  test('listens on 127.0.0.1 and no other address', async () => {
    const server = await startHttp({ port: 0, bodyLimit, respond });
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
  test('fails with the reason when the port is in use', async () => {
    const server = await startHttp({ port: 0, bodyLimit, respond });
    try {
      await expect(startHttp({ port: server.port, bodyLimit, respond })).rejects.toMatchObject({
        code: 'EADDRINUSE',
      });
    } finally {
      await server.stop();
    }
  });
  test('stops although a client keeps its connection open', async () => {
    const server = await startHttp({ port: 0, bodyLimit, respond });
    const socket = connect({ host: '127.0.0.1', port: server.port });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n`);
    await new Promise((resolve) => socket.on('connect', resolve));
    await server.stop();
    await closed;
  });
});
