/** The HTTP server: on the loopback interface and a Unix socket, with limits on everything a client sends. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createByteBudget, readBody } from './read-body.ts';
import { messageOf } from './refusals.ts';
import {
  type BodyLimit,
  errorResponse,
  limits,
  type RequestHead,
  type WireRequest,
  type WireResponse,
} from './wire.ts';

export interface HttpOptions {
  /** 0 lets the system choose a free port. */
  readonly port: number;
  /** Path of a Unix socket to listen on as well; nothing may exist there. */
  readonly socketPath?: string | undefined;
  /**
   * How much body to read for a request. With 0 bytes, `respond` gets the request without its body, so that a caller
   * without a key cannot make the engine hold data.
   */
  readonly bodyLimit: (head: RequestHead) => BodyLimit;
  /** Answers one complete request. Must not throw; a rejected promise closes the connection. */
  readonly respond: (request: WireRequest) => WireResponse | Promise<WireResponse>;
  /** Another protocol on the same port, which reads bodies and writes responses as streams. */
  readonly objectStorage?: {
    readonly isFor: (head: RequestHead) => boolean;
    readonly serve: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  };
  readonly timeouts?: Timeouts;
  readonly capacity?: Capacity;
}

/** How long a client may take, in milliseconds. */
export interface Timeouts {
  readonly header: number;
  /** From its first byte to its last. */
  readonly request: number;
  /** Without a byte in either direction while a request or a response is under way. */
  readonly stall: number;
}

/** How much all clients together may use. */
export interface Capacity {
  readonly connections: number;
  /** Bytes of bodies that are being received, beyond the first 16 KiB of each. */
  readonly bodyBytes: number;
  /** The same, for requests whose caller is not known before the body is there. */
  readonly unverifiedBodyBytes: number;
}

export interface HttpServer {
  readonly endpoint: string;
  readonly port: number;
  /** Accepts no new connection, gives pending responses a moment to finish, then closes the rest. */
  stop(): Promise<void>;
}

/** A client on this machine sends a small header at once and 10 MB within seconds. */
const defaultTimeouts: Timeouts = { header: 10_000, request: 60_000, stall: 20_000 };
/** Hundreds of connections are usual for a busy client, six requests of the largest size already are not. */
const defaultCapacity: Capacity = {
  connections: 4096,
  bodyBytes: 64 * 1024 ** 2,
  unverifiedBodyBytes: 16 * 1024 ** 2,
};
/** Longer than the usual 60 s of connection pools, so that the client closes an idle connection, not the engine. */
const keepAliveTimeout = 65_000;
/** Thousands of simultaneous calls are queued by the kernel (which caps this at net.core.somaxconn), not reset. */
const backlog = 4096;
/** A GET of 32 KB has all its parameters in the request line, which Node counts as header. */
const maxHeaderSize = limits.get + 32 * 1024;
/** Long enough for a client on this machine to read a response that arrives before it has sent its whole request. */
const lingerMs = 1_000;
/** Accepted requests are answered in milliseconds; one second is for the slowest disk. */
const stopGraceMs = 1_000;

/**
 * Opens the engine's HTTP server on 127.0.0.1 and no other address.
 * @throws the system's error, for example when the port is in use
 */
export const startHttp = async (options: HttpOptions): Promise<HttpServer> => {
  const receive = createReceiver(options);
  const limitConnections = createConnectionLimit(options.capacity ?? defaultCapacity);
  const servers: Server[] = [];
  const open = async (address: object): Promise<Server> => {
    const server = createApiServer(options, receive);
    server.on('connection', (socket: Socket) => limitConnections(socket, servers));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...address, backlog }, resolve);
    });
    servers.push(server);
    return server;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map(stopServer));
  };
  try {
    const tcp = await open({ host: '127.0.0.1', port: options.port });
    if (options.socketPath !== undefined) await open({ path: options.socketPath });
    // `address` returns an object for a server that listens on a host and a port.
    const { port } = tcp.address() as AddressInfo;
    return { endpoint: `http://127.0.0.1:${port}`, port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const createApiServer = (
  { timeouts = defaultTimeouts, bodyLimit, objectStorage }: HttpOptions,
  receive: Receive,
): Server => {
  const { header, request, stall } = timeouts;
  const isForStorage = (incoming: IncomingMessage) => objectStorage?.isFor(headOf(incoming)) === true;
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    void serve(incoming, outgoing, receive, isForStorage(incoming) ? objectStorage?.serve : undefined);
  const server = createServer(
    {
      maxHeaderSize,
      headersTimeout: header,
      requestTimeout: request,
      keepAliveTimeout,
      // How often Node checks the two timeouts: a fifth more than allowed does no harm.
      connectionsCheckingInterval: Math.ceil(header / 5),
    },
    answer,
  );
  // Also closes connections on which nothing is ever sent, and clients that do not read their response.
  server.timeout = stall;
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // `Expect: 100-continue` asks before it sends a body, which is read only for a request that may have one.
    if (isForStorage(incoming) || bodyLimit(headOf(incoming)).bytes > 0) outgoing.writeContinue();
    answer(incoming, outgoing);
  });
  server.on('clientError', refuseMalformed);
  return server;
};

const headOf = (incoming: IncomingMessage): RequestHead => ({
  method: incoming.method ?? '',
  url: incoming.url ?? '/',
  headers: incoming.headersDistinct,
});

/** Receives one request and returns its response, and whether some of the body was left unread. */
type Receive = (
  incoming: IncomingMessage,
) => Promise<{ readonly response: WireResponse; readonly isUnread: boolean }>;

const createReceiver = ({ bodyLimit, respond, capacity = defaultCapacity }: HttpOptions): Receive => {
  const verified = createByteBudget(capacity.bodyBytes);
  const unverified = createByteBudget(capacity.unverifiedBodyBytes);
  return async (incoming) => {
    const head = headOf(incoming);
    const { bytes, isVerified } = bodyLimit(head);
    if (bytes === 0) {
      const response = await respond({ ...head, body: Buffer.alloc(0), tooLarge: false });
      return { response, isUnread: hasBody(incoming) };
    }
    const body = await readBody(incoming, bytes, isVerified ? verified : unverified);
    if (body === 'no-room') {
      const message = 'Too many large requests are being received; try again in a moment.';
      return { response: errorResponse('RequestLimitExceeded', message), isUnread: true };
    }
    const tooLarge = body === 'too-large';
    const pending = respond({ ...head, body: tooLarge ? Buffer.alloc(0) : body, tooLarge });
    // A response that is delayed on purpose is not a stalled client.
    if (pending instanceof Promise) incoming.socket.setTimeout(0);
    return { response: await pending, isUnread: tooLarge };
  };
};

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Closes idle connections when there are too many, and new ones when that is not enough. */
const createConnectionLimit = ({ connections }: Capacity) => {
  const sockets = new Set<Socket>();
  return (socket: Socket, servers: readonly Server[]): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (sockets.size <= connections) return;
    for (const server of servers) server.closeIdleConnections();
    // What was closed just now leaves the set with its event, later.
    const open = [...sockets].filter(({ destroyed }) => !destroyed).length;
    if (open > connections) socket.destroy();
  };
};

const serve = async (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  receive: Receive,
  streams: NonNullable<HttpOptions['objectStorage']>['serve'] | undefined,
): Promise<void> => {
  // A client may disconnect at any time; without a listener that error would end the process.
  incoming.on('error', () => incoming.destroy());
  outgoing.on('error', () => outgoing.destroy());
  try {
    if (streams) return await streams(incoming, outgoing);
    const { response, isUnread } = await receive(incoming);
    await send(response, outgoing, isUnread && !incoming.complete ? incoming : undefined);
  } catch {
    outgoing.destroy();
  }
};

/** A connection closed with unread bytes is reset and the client loses the response: wait until it has sent them. */
const linger = (incoming: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, lingerMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    incoming.resume();
    if (incoming.complete) done();
    incoming.once('end', done);
    incoming.once('close', done);
  });

const send = async (
  response: WireResponse,
  outgoing: ServerResponse,
  unread: IncomingMessage | undefined,
): Promise<void> => {
  if (response.kind === 'reset') {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  const body = Buffer.from(response.body);
  // Content-Type has no charset on purpose: the vendor's Python clients compare it literally and take every error
  // for a success when it is longer.
  outgoing.writeHead(200, {
    'Content-Type': response.contentType ?? 'application/json',
    'Content-Length': body.length,
    ...(unread ? { Connection: 'close' } : {}),
    ...response.headers,
  });
  if (response.kind === 'half') {
    outgoing.write(body.subarray(0, body.length >> 1), () => outgoing.socket?.destroy());
    return;
  }
  if (unread) {
    outgoing.write(body);
    await linger(unread);
    outgoing.end();
    return;
  }
  outgoing.end(body);
};

/**
 * Answers bytes that are not HTTP, or that come too slowly. A header that is too large still gets the API's own error.
 * Ending our side alone would leave the connection open for as long as the client likes, so it is closed soon after.
 */
const refuseMalformed = (error: Error & { code?: string }, socket: Socket): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
  if (error.code !== 'HPE_HEADER_OVERFLOW') {
    const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  const { body } = errorResponse('RequestSizeLimitExceeded', messageOf('RequestSizeLimitExceeded'));
  socket.end(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

const stopServer = async (server: Server): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), stopGraceMs);
  await closed;
  clearTimeout(timer);
};
