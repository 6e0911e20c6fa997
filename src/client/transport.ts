/** One HTTP request and its response: time limit, size limit, cancellation; no redirects, no retries. */
import type { Dispatcher } from 'undici';
import { createBufferCollector } from '../shared/collect-buffers.ts';
import { connectionProblemOf } from '../shared/connection-problem.ts';
import { errorCodeOf } from '../shared/error-code.ts';
import { type Loss, notSent, type Operation, outcomeUnknown } from './failures.ts';
import type { Network } from './network.ts';

export interface HttpRequest {
  readonly operation: Operation;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
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
  /** Names in lower case; the first value of a repeated header. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** A request whose response is read as it arrives. */
export interface StreamRequest extends Omit<HttpRequest, 'body' | 'timeoutMs'> {
  readonly body?: Uint8Array;
  /** How long the other side may send nothing. */
  readonly silenceMs: number;
}

/** A response whose body is read as it arrives. To stop the iteration ends the request. */
export interface HttpStream extends Omit<HttpAnswer, 'body'> {
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Transport {
  /** @throws TransportError when there is no complete response; it says whether the request was sent */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** @throws TransportError like `send`; the iteration of the body throws one when the connection is lost */
  stream(request: StreamRequest): Promise<HttpStream>;
  close(): Promise<void>;
}

/** The largest response that is read. The vendor's gateway allows 10 MB; twice that is an error or an attack. */
const maxBytes = 20 * 1024 * 1024;

/**
 * A transport with one pool of keep-alive connections. It loads undici with the first request, because loading it
 * takes longer than the rest of the start.
 */
export const createTransport = (network: Network): Transport => {
  let dispatcher: Promise<Dispatcher> | undefined;
  const connect = async (request: Pick<HttpRequest, 'operation' | 'signal'>): Promise<Dispatcher> => {
    if (request.signal?.aborted) throw notSent(request.operation, 'cancelled', 'it was cancelled');
    dispatcher ??= network.connect().catch((error: unknown) => {
      dispatcher = undefined;
      throw error;
    });
    return dispatcher;
  };
  return {
    send: async (request) => exchange(await connect(request), request),
    stream: async (request) => openStream(await connect(request), request),
    close: async () => {
      const opened = dispatcher;
      dispatcher = undefined;
      // Pending requests fail now: the transport is closed at the end of the program, which must not hang.
      await (await opened)?.destroy();
    },
  };
};

const exchange = (dispatcher: Dispatcher, request: HttpRequest): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const { operation, origin, signal, timeoutMs } = request;
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
        reject((isSent ? outcomeUnknown : notSent)(operation, loss, what, { cause }));
        controller?.abort(new Error(what));
      });
    const cancel = (): void => fail('cancelled', 'it was cancelled before a response was received');
    const timer = setTimeout(
      () =>
        fail(
          'time',
          `${controller ? 'no complete response' : 'no connection'} from ${origin} within ${timeoutMs / 1000} s`,
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
        // Our limit covers the whole exchange.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        // Called when the first byte is about to be written: nothing was sent before it.
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
            fail('size', `the response of ${origin} is larger than ${maxBytes / 1024 / 1024} MB`);
          else chunks.push(chunk);
        },
        onResponseEnd: () =>
          end(() =>
            answer
              ? resolve({ ...answer, body: Buffer.concat(chunks, size).toString('utf8') })
              : reject(outcomeUnknown(operation, 'connection', `${origin} responded without a status`)),
          ),
        onResponseError: (_controller, error) => {
          const { loss, what } = connectionLossOf(error, origin, controller !== undefined);
          fail(loss, what, error);
        },
      },
    );
  });

const openStream = async (
  dispatcher: Dispatcher,
  { operation, origin, path = '/', method, headers, body, silenceMs, signal }: StreamRequest,
): Promise<HttpStream> => {
  const failureOf = (error: unknown, isAnswered: boolean): unknown => {
    if (signal?.aborted) return outcomeUnknown(operation, 'cancelled', 'it was cancelled');
    const code = errorCodeOf(error) ?? '';
    if (/^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(code))
      return outcomeUnknown(operation, 'connection', `${origin} sent nothing for ${silenceMs / 1000} s`);
    // undici has this code for a connection that was open.
    const isSent = isAnswered || code === 'UND_ERR_SOCKET' || code === 'ECONNRESET';
    const { loss, what } = connectionLossOf(error, origin, isSent);
    return (isSent ? outcomeUnknown : notSent)(operation, loss, what, { cause: error });
  };
  try {
    const limits = { headersTimeout: silenceMs, bodyTimeout: silenceMs };
    const response = await dispatcher.request({
      ...{ origin, path, method, headers, ...limits },
      ...(body && { body }),
      ...(signal && { signal }),
    });
    const onUsed = createBufferCollector();
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
          yield chunk;
          onUsed(chunk.length);
        }
      } catch (error) {
        throw failureOf(error, true);
      }
    };
    return { status: response.statusCode, headers: firstValuesOf(response.headers), body: bytes() };
  } catch (error) {
    throw failureOf(error, false);
  }
};

const connectionLossOf = (error: unknown, origin: string, isSent: boolean) => {
  if (!isSent) {
    const { message, isPermanent } = connectionProblemOf(error, origin);
    return { loss: isPermanent ? ('unreachable' as const) : ('connection' as const), what: message };
  }
  const code = errorCodeOf(error);
  const named = code === undefined ? '' : ` (${code})`;
  return {
    loss: 'connection' as const,
    what: `the connection to ${origin} was lost before the response was complete${named}`,
  };
};

const firstValuesOf = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): HttpAnswer['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value[0] : value,
    ]),
  );
