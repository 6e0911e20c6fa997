/** A small service on loopback that verifies signatures and answers as a test tells it: the other side of the client. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Credential } from '../../src/tc3/sign.ts';
import { verify } from '../../src/tc3/verify.ts';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly action: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What to answer: the content of `Response`, or a way to write the answer by hand. */
export type Reply =
  | Readonly<Record<string, unknown>>
  | ((response: ServerResponse, request: IncomingMessage) => void);

export interface LoopbackService {
  readonly origin: string;
  /** Every request that came in whole, in order. */
  readonly received: readonly Received[];
  readonly connections: number;
  stop(): Promise<void>;
}

export const errorReply = (Code: string, Message = 'as the test demands') => ({ Error: { Code, Message } });

/** The connection is cut without an answer. */
export const cut: Reply = (response) => response.destroy();

/** The beginning of a good answer, then nothing more. */
export const half: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"Response":{"JobId":"job-', () => response.destroy());
};

export const startLoopbackService = async (
  reply: (received: Received, count: number) => Reply | Promise<Reply>,
  options: { readonly known?: Credential; readonly now?: () => number } = {},
): Promise<LoopbackService> => {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const { now = Date.now } = options;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', async () => {
      const body = Buffer.concat(chunks);
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value[0] : value,
        ]),
      );
      const url = request.url ?? '';
      const wanted = {
        method: request.method ?? '',
        url,
        action: headers['x-tc-action'] ?? '',
        headers,
        input:
          body.length && headers['content-type'] === 'application/json' ? JSON.parse(body.toString()) : {},
      };
      received.push(wanted);
      const answer = await reply(wanted, received.length);
      if (typeof answer === 'function') return answer(response, request);
      const known = options.known;
      const verdict =
        known &&
        verify(
          { method: wanted.method, query: url.split('?')[1] ?? '', headers, body },
          (id) => (id === known.secretId ? known : undefined),
          now(),
        );
      const content = verdict && !verdict.ok ? errorReply(verdict.code, verdict.reason) : answer;
      response.writeHead(200, { 'content-type': 'application/json', date: new Date(now()).toUTCString() });
      response.end(JSON.stringify({ Response: { ...content, RequestId: `request-${received.length}` } }));
    });
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A server that listens on a port has an address with a port.
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    get connections() {
      return connections;
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};

/** A port on which nothing listens: it was free a moment ago. */
export const deadOrigin = async (): Promise<string> => {
  const service = await startLoopbackService(() => ({}));
  await service.stop();
  return service.origin;
};

/** A proxy that opens every tunnel to the same place, whatever host was asked for. */
export const startProxy = async (to: string) => {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '');
    const onward = connect(Number(new URL(to).port), '127.0.0.1');
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => socket.destroy());
    }
    onward.on('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // As above.
  return {
    origin: `http://127.0.0.1:${port}`,
    asked: asked as readonly string[],
    stop: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};
