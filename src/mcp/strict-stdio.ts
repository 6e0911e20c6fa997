/** The transport of the SDK with what it leaves out: the protocol version of every request is checked, not only of the first. */
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const supported: readonly string[] = ['2026-07-28'];
/** UnsupportedProtocolVersion of the specification of 2026-07-28. */
const unsupportedVersion = -32022;

/**
 * Wraps the stdio transport. Once a connection has been opened, version 2.4.0 of the SDK serves a request that claims an
 * unknown protocol version, where the specification wants an error that names the known ones.
 * @param observe sees what the client sends, after the SDK; some requests are answered without any server hearing of them
 */
export const createStrictStdio = (
  inner: Transport = new StdioServerTransport(),
  observe: (message: JSONRPCMessage) => void = () => undefined,
): Transport => {
  const outer: Transport = {
    start: async () => {
      inner.onclose = () => outer.onclose?.();
      inner.onerror = (error) => outer.onerror?.(error);
      inner.onmessage = (message) => {
        const refusal = refusalOf(message);
        if (refusal === undefined) {
          outer.onmessage?.(message);
          observe(message);
        } else inner.send(refusal).catch((error: unknown) => outer.onerror?.(asError(error)));
      };
      await inner.start();
    },
    send: (message, options) => inner.send(message, options),
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
