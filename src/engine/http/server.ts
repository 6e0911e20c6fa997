/** The socket: one HTTP server on the loopback interface, with a bound on everything a client sends. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { messageOf } from './refusals.ts';
import { type Answer, limits, refusalAnswer, type WireRequest } from './wire.ts';

export interface HttpOptions {
  /** 0 asks the system for a free one. */
  readonly port: number;
  /** Answers one complete request. Must not throw; a rejected promise closes the connection. */
  readonly answer: (request: WireRequest) => Answer | Promise<Answer>;
  readonly patience?: Patience;
}

/** How long a client may take, in milliseconds. */
export interface Patience {
  readonly header: number;
  /** From its first byte to its last. */
  readonly request: number;
}

export interface HttpServer {
  readonly endpoint: string;
  readonly port: number;
  /** Takes no new connection, lets what is being answered finish for a moment, then closes the rest. */
  stop(): Promise<void>;
}

/** A client that is on this machine sends a small header at once and 10 MB within seconds. */
const patience: Patience = { header: 10_000, request: 60_000 };
/** Longer than the usual 60 s of connection pools, so that the client and not the engine drops an idle connection. */
const keepAliveTimeout = 65_000;
/** Ten thousand calls at once are queued by the kernel (which caps this at net.core.somaxconn), not reset. */
const backlog = 4096;
/** A GET of 32 KB has all its parameters in the request line, which Node counts as header. */
const maxHeaderSize = limits.get + 32 * 1024;
/** Long enough for a client on this machine to read an answer that came before its own request was through. */
const lingerTime = 1_000;
/** What has been accepted is answered in milliseconds; one second is for the slowest disk. */
const stopGrace = 1_000;

/**
 * Opens the engine's HTTP server on 127.0.0.1 and no other address.
 * @throws the system's error when the port is taken
 */
export const startHttp = async (options: HttpOptions): Promise<HttpServer> => {
  const { header, request } = options.patience ?? patience;
  const server = createServer(
    {
      maxHeaderSize,
      headersTimeout: header,
      requestTimeout: request,
      keepAliveTimeout,
      // How often Node looks for those who take too long: a fifth more than allowed does no harm.
      connectionsCheckingInterval: Math.ceil(header / 5),
    },
    (incoming, outgoing) => void serve(incoming, outgoing, options),
  );
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // `Expect: 100-continue` asks before it sends a large body: the declared length is enough to say no.
    if (Number(incoming.headers['content-length'] ?? 0) <= limits.post) outgoing.writeContinue();
    void serve(incoming, outgoing, options);
  });
  server.on('clientError', refuseMalformed);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: options.port, backlog }, resolve);
  });
  // `listen` with a host and a port always yields an address object; the string form is for pipes only.
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, port, stop: () => stopServer(server) };
};

const serve = async (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: HttpOptions,
): Promise<void> => {
  // A client that goes away mid-request is its own affair; without a listener it would end the process.
  incoming.on('error', () => incoming.destroy());
  outgoing.on('error', () => outgoing.destroy());
  try {
    const body = await readBody(incoming);
    const answer = await options.answer({
      method: incoming.method ?? '',
      url: incoming.url ?? '/',
      headers: incoming.headersDistinct,
      body: body ?? Buffer.alloc(0),
      tooLarge: body === undefined,
    });
    await send(answer, outgoing, body === undefined ? incoming : undefined);
  } catch {
    outgoing.destroy();
  }
};

/** Gathers the body; `undefined` as soon as it is known to pass the limit. What comes after is read and dropped. */
const readBody = (incoming: IncomingMessage): Promise<Buffer | undefined> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const giveUp = () => {
      chunks.length = 0;
      resolve(undefined);
    };
    if (Number(incoming.headers['content-length'] ?? 0) > limits.post) giveUp();
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limits.post) giveUp();
      else chunks.push(chunk);
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks)));
    incoming.once('close', () => reject(new Error('the client went away')));
  });

/** A connection closed with unread bytes is reset, and the client would lose the answer: let it finish its sentence. */
const linger = (incoming: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, lingerTime);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    if (incoming.complete) done();
    incoming.once('end', done);
    incoming.once('close', done);
  });

const send = async (
  answer: Answer,
  outgoing: ServerResponse,
  unread: IncomingMessage | undefined,
): Promise<void> => {
  if (answer.kind === 'reset') {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  const body = Buffer.from(answer.body);
  // Content-Type has no charset on purpose: the vendor's Python clients compare it literally and take
  // every error for a success when it is longer.
  outgoing.writeHead(200, {
    'Content-Type': answer.contentType ?? 'application/json',
    'Content-Length': body.length,
    ...(unread ? { Connection: 'close' } : {}),
    ...answer.headers,
  });
  if (answer.kind === 'half') {
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
 * Bytes that are not HTTP, or that come too slowly. A header that is too large still gets the API's own answer.
 * The end of our side alone would leave a connection open for as long as its client likes, so it is closed soon after.
 */
const refuseMalformed = (error: Error & { code?: string }, socket: Socket): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), lingerTime);
  socket.once('close', () => clearTimeout(timer));
  if (error.code !== 'HPE_HEADER_OVERFLOW') {
    const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  const { body } = refusalAnswer('RequestSizeLimitExceeded', messageOf('RequestSizeLimitExceeded'));
  socket.end(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

const stopServer = async (server: Server): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), stopGrace);
  await closed;
  clearTimeout(timer);
};
