/** The transport of the SDK with what it leaves out: every request's protocol version is checked, and who does not read is not served on. */
import type { Readable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const supported: readonly string[] = ['2026-07-28'];
/** UnsupportedProtocolVersion of the specification of 2026-07-28. */
const unsupportedVersion = -32022;
/** More than any client has under way at once; as many of the largest answers are a few megabytes. */
const maxUnread = 100;

/**
 * Wraps the stdio transport. Once a connection has been opened, version 2.4.0 of the SDK serves a request that claims an
 * unknown protocol version, where the specification wants an error that names the known ones.
 * Answers leave one after the other. While more of them than `maxUnread` wait for a client that does not read, nothing
 * is read from it either: what it asks for would only be kept in memory.
 * @param observe sees what the client sends, after the SDK; some requests are answered without any server hearing of them
 */
export const createStrictStdio = (
  inner: Transport = new StdioServerTransport(),
  observe: (message: JSONRPCMessage) => void = () => undefined,
  input: Readable = process.stdin,
): Transport => {
  let unread = 0;
  let isClosed = false;
  let sent: Promise<void> = Promise.resolve();
  const oneLess = (): void => {
    unread -= 1;
    if (unread === maxUnread && !isClosed) input.resume();
  };
  const send: Transport['send'] = (message, options) => {
    unread += 1;
    if (unread > maxUnread) input.pause();
    const sending = sent.then(() => inner.send(message, options));
    sent = sending.then(oneLess, oneLess);
    return sending;
  };
  const outer: Transport = {
    start: async () => {
      inner.onclose = () => {
        isClosed = true;
        outer.onclose?.();
      };
      inner.onerror = (error) => outer.onerror?.(error);
      inner.onmessage = (message) => {
        const refusal = refusalOf(message);
        if (refusal === undefined) {
          outer.onmessage?.(message);
          observe(message);
        } else send(refusal).catch((error: unknown) => outer.onerror?.(asError(error)));
      };
      await inner.start();
    },
    send,
    close: () => inner.close(),
  };
  return outer;
};

const refusalOf = (message: JSONRPCMessage): JSONRPCMessage | undefined => {
  if (!('method' in message && 'id' in message)) return undefined;
  const requested = message.params?._meta?.[versionKey];
  if (typeof requested !== 'string' || supported.includes(requested)) return undefined;
  return {
    jsonrpc: '2.0',
    id: message.id,
    error: {
      code: unsupportedVersion,
      message: `Unsupported protocol version: ${requested}`,
      data: { supported, requested },
    },
  };
};

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
