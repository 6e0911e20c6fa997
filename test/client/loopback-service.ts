/** A loopback service that verifies signatures and sends the replies of a test. */
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

/** The content of `Response`, or a function that writes the response. */
export type Reply =
  | Readonly<Record<string, unknown>>
  | ((response: ServerResponse, request: IncomingMessage) => void);

export interface LoopbackService {
  readonly origin: string;
  /** Every complete request, in order. */
  readonly received: readonly Received[];
  readonly connections: number;
  stop(): Promise<void>;
}

export const errorReply = (Code: string, Message = 'as the test requests') => ({ Error: { Code, Message } });

/** Closes the connection without a response. */
export const cut: Reply = (response) => response.destroy();

/** Sends the beginning of a valid response and closes the connection. */
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
          new Map([[known.secretId, known]]),
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
  const { port } = server.address() as AddressInfo; // A listening TCP server has an AddressInfo.
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

/** An origin on which nothing listens: its port was just released. */
export const deadOrigin = async (): Promise<string> => {
  const service = await startLoopbackService(() => ({}));
  await service.stop();
  return service.origin;
};

/** A proxy that connects every tunnel to the same server, whatever host was requested. */
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
