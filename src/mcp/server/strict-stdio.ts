/** The stdio transport: every request with an id gets exactly one answer, whatever is wrong with it. */
import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import type { Log } from '../../shared/log.ts';
import { createLineReader } from './line-reader.ts';
import { type AnswerId, errorCodes, errorResponse, idInSample, readMessage } from './read-message.ts';

/** No client has more responses outstanding; this many of the largest answers are a few megabytes. */
const maxUnread = 100;
/** More than the largest job the API accepts; a longer line is a mistake, or an attempt to exhaust the memory. */
const maxLineBytes = 10 * 1024 * 1024;

export interface StdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Called when stdin has ended: nothing new is accepted, and requests in progress are still answered. */
  readonly onEnd: () => void;
  /** Sees every message of the client, after the SDK; the SDK answers some requests without informing a server. */
  readonly observe: (message: JSONRPCMessage) => void;
  readonly log: Pick<Log, 'warn' | 'debug'>;
}

export interface StdioTransport extends Transport {
  /** Resolves when all requests read so far have been answered, or the connection is closed. */
  settled(): Promise<void>;
  /** Answers what is still unanswered with an error. */
  failPending(message: string): Promise<void>;
}

// Beside it a request for notifications, which stays open by design, and is answered by the SDK when it closes.
const listenMethod = 'subscriptions/listen';

/** Creates the transport. Backpressure: when more than `maxUnread` responses are unread, it stops reading requests. */
export const createStrictStdio = (options: StdioOptions): StdioTransport => {
  const { input, output, log } = options;
  const pending = new Map<AnswerId, { readonly isListen: boolean }>();
  let waiters: (() => void)[] = [];
  let unread = 0;
  let isClosed = false;
  let sent: Promise<void> = Promise.resolve();

  const releaseIfSettled = (): void => {
    if (!isClosed && [...pending.values()].some(({ isListen }) => !isListen)) return;
    for (const release of waiters) release();
    waiters = [];
  };
  const write = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      if (isClosed) reject(new Error('The connection is closed.'));
      else output.write(line, (error) => (error ? reject(error) : resolve()));
    });
  const onWritten = (): void => {
    unread -= 1;
    if (unread === maxUnread && !isClosed) input.resume();
  };
  /** Responses leave one after the other. */
  const enqueue = (message: object): Promise<void> => {
    unread += 1;
    if (unread > maxUnread) input.pause();
    const sending = sent.then(() => write(`${JSON.stringify(message)}\n`));
    sent = sending.then(onWritten, onWritten);
    return sending;
  };
  const reportLost = (error: unknown): void => log.debug(`A response was lost: ${String(error)}`);

  const transport: StdioTransport = {
    start: async () => {
      connect(transport, options, { pending, enqueue: (message) => void enqueue(message).catch(reportLost) });
    },
    send: async (message) => {
      const isAnswer = !('method' in message) && 'id' in message;
      if (isAnswer && !pending.has(message.id ?? null)) return;
      await enqueue(isAnswer ? withPlainError(message, log) : message);
      if (isAnswer) pending.delete(message.id ?? null);
      releaseIfSettled();
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      input.pause();
      releaseIfSettled();
      transport.onclose?.();
    },
    settled: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        releaseIfSettled();
      }),
    failPending: async (message) => {
      const ids = [...pending].flatMap(([id, { isListen }]) => (isListen ? [] : [id]));
      for (const id of ids) pending.delete(id);
      await Promise.all(ids.map((id) => enqueue(errorResponse(id, serverError, message)).catch(reportLost)));
    },
  };
  return transport;
};

/** The range of JSON-RPC for errors of a server. */
const serverError = -32000;

interface Connection {
  readonly pending: Map<AnswerId, { readonly isListen: boolean }>;
  readonly enqueue: (message: object) => void;
}

const connect = (
  transport: StdioTransport,
  { input, output, onEnd, observe, log }: StdioOptions,
  { pending, enqueue }: Connection,
): void => {
  const receive = (message: JSONRPCMessage): void => {
    if ('method' in message && 'id' in message) {
      if (pending.has(message.id)) {
        refuseDuplicate(message.id);
        return;
      }
      pending.set(message.id, { isListen: message.method === listenMethod });
    }
    if ('method' in message && message.method === 'notifications/cancelled') {
      // A cancelled request gets no answer. The id is compared only, so its type does not matter.
      pending.delete((message.params?.requestId as AnswerId | undefined) ?? null);
    }
    transport.onmessage?.(message);
    observe(message);
  };
  /** Its answer could not be distinguished from that of the first, and the SDK would lose one of them. */
  const refuseDuplicate = (id: AnswerId): void => {
    const text = `The id ${JSON.stringify(id).slice(0, 100)} is that of a request that has not been answered yet.`;
    log.warn(`Refused a message of the client: ${text}`);
    enqueue(errorResponse(id, errorCodes.invalidRequest, text));
  };
  const onLine = (line: string): void => {
    const incoming = readMessage(line);
    if (incoming?.kind === 'message') receive(incoming.message);
    if (incoming?.kind === 'ignored') log.warn(`Ignored ${incoming.reason} from the client.`);
    if (incoming?.kind !== 'error') return;
    for (const response of incoming.errors) {
      log.warn(`Refused a message of the client: ${response.error.message}`);
      enqueue(response);
    }
  };
  const reader = createLineReader({
    maxLength: maxLineBytes,
    onLine,
    onTooLong: (head, tail) => {
      const message = `The message is longer than ${maxLineBytes / 1024 / 1024} MiB and was not read.`;
      log.warn(`Refused a message of the client: ${message}`);
      enqueue(errorResponse(idInSample(head, tail), errorCodes.invalidRequest, message));
    },
  });
  let isEnded = false;
  const end = (): void => {
    if (isEnded) return;
    isEnded = true;
    reader.end();
    onEnd();
  };
  input.on('data', (chunk: Buffer) => reader.push(chunk));
  input.on('end', end);
  input.on('close', end);
  input.on('error', (error) => {
    log.debug(`stdin: ${error.message}`);
    end();
  });
  output.on('error', () => void transport.close());
  output.on('close', () => void transport.close());
  if (input.readableEnded || input.destroyed) setImmediate(end);
};

/** Errors of the SDK's own checks are dumps of its schema library: clients and models get one sentence. */
const withPlainError = (message: JSONRPCMessage, log: Pick<Log, 'debug'>): object => {
  if (!('error' in message)) return message;
  const { code, message: text } = message.error;
  if (!/\n|^\s*[[{]|"code":|✖/.test(text)) return message;
  log.debug(`The SDK refused a request: ${text}`);
  const isInternal = code === internalError;
  return errorResponse(
    message.id ?? null,
    isInternal ? errorCodes.invalidParams : code,
    'The params of the request do not follow the protocol.',
  );
};

const internalError = -32603;
