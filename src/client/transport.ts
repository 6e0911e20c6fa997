/** One HTTP request and its response: time limit, size limit, cancellation; no redirects, no retries. */
import type { Dispatcher } from 'undici';
import { connectionProblemOf } from '../shared/connection-problem.ts';
import { errorCodeOf } from '../shared/error-code.ts';
import { type Loss, notSent, type Operation, outcomeUnknown } from './failures.ts';
import type { Network } from './network.ts';

export interface HttpRequest {
  readonly operation: Operation;
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
  /** Names in lower case; the first value of a repeated header. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Transport {
  /** @throws TransportError when there is no complete response; it says whether the request was sent */
  send(request: HttpRequest): Promise<HttpAnswer>;
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
  return {
    send: async (request) => {
      if (request.signal?.aborted) throw notSent(request.operation, 'cancelled', 'it was cancelled');
      dispatcher ??= network.connect().catch((error: unknown) => {
        dispatcher = undefined;
        throw error;
      });
      return exchange(await dispatcher, request);
    },
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
