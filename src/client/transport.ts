/** One HTTP request out, one answer back: time limit, size limit, cancellation, no redirect, no repetition. */
import type { Dispatcher } from 'undici';
import { codeOf, type Loss, noAnswer, notSent, type Operation } from './failures.ts';
import type { Network } from './network.ts';

export interface HttpRequest {
  readonly subject: Operation;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query; `/` when absent. */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated header the first value. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Transport {
  /** @throws TransportError when there is no whole answer; it says whether the request had left */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** The largest answer that is read. The vendor's gateway gives at most 10 MB; twice that is an accident or an attack. */
const maxBytes = 20 * 1024 * 1024;

/**
 * A transport with one pool of kept-alive connections. It loads undici with the first request, because loading it
 * takes longer than everything else a start does.
 */
export const createTransport = (network: Network): Transport => {
  let dispatcher: Promise<Dispatcher> | undefined;
  return {
    send: async (request) => {
      if (request.signal?.aborted) throw notSent(request.subject, 'cancelled', 'it was cancelled');
      dispatcher ??= network.connect().catch((error: unknown) => {
        dispatcher = undefined;
        throw error;
      });
      return exchange(await dispatcher, request);
    },
    close: async () => {
      const opened = dispatcher;
      dispatcher = undefined;
      // What still waits for an answer gets its error now: closing is for the end of the program, which must not hang.
      await (await opened)?.destroy();
    },
  };
};

const exchange = (dispatcher: Dispatcher, request: HttpRequest): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const { subject, origin, signal, timeoutMs } = request;
    const chunks: Buffer[] = [];
    let size = 0;
    let answer: Omit<HttpAnswer, 'body'> | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let isOver = false;

    const end = (act: () => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      act();
    };
    const fail = (loss: Loss, what: string, cause?: unknown): void =>
      end(() => {
        const isSent = controller !== undefined;
        reject((isSent ? noAnswer : notSent)(subject, loss, what, { cause }));
        controller?.abort(new Error(what));
      });
    const cancel = (): void => fail('cancelled', 'it was cancelled before an answer came');
    const timer = setTimeout(
      () =>
        fail(
          'time',
          `${controller ? 'no whole answer' : 'no connection'} from ${origin} within ${timeoutMs / 1000} s`,
        ),
      timeoutMs,
    );
    signal?.addEventListener('abort', cancel, { once: true });

    dispatcher.dispatch(
      {
        origin,
        path: request.path ?? '/',
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        // Our own limit covers the whole exchange; undici's would only make a second, shorter truth.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        // Called when a connection is there and the first byte is about to be written: before it nothing was sent.
        onRequestStart: (started) => {
          if (isOver) started.abort(new Error('over'));
          else controller = started;
        },
        onResponseStart: (_controller, status, headers) => {
          if (status >= 200) answer = { status, headers: firstValuesOf(headers) };
        },
        onResponseData: (_controller, chunk) => {
          size += chunk.length;
          if (size > maxBytes)
            fail('size', `the answer of ${origin} is larger than ${maxBytes / 1024 / 1024} MB`);
          else chunks.push(chunk);
        },
        onResponseEnd: () =>
          end(() =>
            answer
              ? resolve({ ...answer, body: Buffer.concat(chunks, size).toString('utf8') })
              : reject(noAnswer(subject, 'connection', `${origin} answered without a status`)),
          ),
        onResponseError: (_controller, error) =>
          fail('connection', reasonOf(error, origin, controller !== undefined), error),
      },
    );
  });

const firstValuesOf = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): HttpAnswer['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value[0] : value,
    ]),
  );

const reasonOf = (error: unknown, origin: string, isSent: boolean): string => {
  const code = codeOf(error);
  const named = code === undefined ? '' : ` (${code})`;
  if (isSent) return `the connection to ${origin} broke before a whole answer came${named}`;
  if (code === 'ECONNREFUSED')
    return `${origin} refuses connections${named}: is it running, and is the port right`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `the host of ${origin} was not found${named}: check the address and the network`;
  }
  if (code !== undefined && /CERT|SIGNED|ISSUER|TLS|SSL/.test(code)) {
    return `the certificate of ${origin} is not trusted${named}: if it is your own, name its authority with --ca`;
  }
  return `no connection to ${origin}${named}: check the address, the network and the proxy`;
};
