/** One line of a client → a message for the SDK, or the error that answers it. Liberal where the meaning is clear. */
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { isObject, readParams, withoutNullMembers } from './request-params.ts';

/** The id of a request, as far as it can be repeated in an answer. */
export type AnswerId = string | number | null;

export type Incoming =
  | { readonly kind: 'message'; readonly message: JSONRPCMessage }
  /** An error that answers a request. */
  | { readonly kind: 'error'; readonly errors: readonly ErrorResponse[] }
  /** A message that needs no answer and cannot be used. */
  | { readonly kind: 'ignored'; readonly reason: string };

export interface ErrorResponse {
  readonly jsonrpc: '2.0';
  readonly id: AnswerId;
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export const errorCodes = { parseError: -32700, invalidRequest: -32600, invalidParams: -32602 } as const;

export const errorResponse = (id: AnswerId, code: number, message: string): ErrorResponse => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

/** @returns undefined for an empty line */
export const readMessage = (line: string): Incoming | undefined => {
  if (line.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return errorOf(null, errorCodes.parseError, 'Parse error: the line is not valid JSON.');
  }
  if (Array.isArray(value)) return batchOf(value);
  if (!isObject(value)) return errorOf(null, errorCodes.invalidRequest, 'A message has to be a JSON object.');
  if ('method' in value) return 'id' in value ? readRequest(value) : readNotification(value);
  if ('result' in value || 'error' in value) return readResponse(value);
  return errorOf(idOf(value), errorCodes.invalidRequest, 'A message needs a method, a result or an error.');
};

const errorOf = (id: AnswerId, code: number, message: string): Incoming => ({
  kind: 'error',
  errors: [errorResponse(id, code, message)],
});

/** The protocol has no batches since 2025-06-18; each request in one still gets its answer. */
const batchOf = (messages: readonly unknown[]): Incoming => {
  const ids = messages.flatMap((one) => (isObject(one) && 'method' in one && 'id' in one ? [idOf(one)] : []));
  const answered = ids.length > 0 || messages.length > 0 ? ids : [null];
  return answered.length === 0
    ? { kind: 'ignored', reason: 'a batch of notifications' }
    : {
        kind: 'error',
        errors: answered.map((id) =>
          errorResponse(id, errorCodes.invalidRequest, 'Batches are not supported: send one message a line.'),
        ),
      };
};

const idOf = ({ id }: Readonly<Record<string, unknown>>): AnswerId =>
  typeof id === 'string' || typeof id === 'number' ? id : null;

const readRequest = (value: Readonly<Record<string, unknown>>): Incoming => {
  const { id, jsonrpc, method, params } = value;
  const refuse = (message: string, code: number = errorCodes.invalidRequest) =>
    errorOf(idOf(value), code, message);
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) {
    return refuse('The id of a request has to be a string or an integer.');
  }
  if (jsonrpc !== '2.0') return refuse('The member jsonrpc has to be "2.0".');
  if (typeof method !== 'string' || method === '') return refuse('The method has to be a string.');
  const read = readParams(method, params);
  if ('problem' in read) return refuse(read.problem, errorCodes.invalidParams);
  // Checked member by member above; unknown members are dropped, as JSON-RPC allows.
  const message = { jsonrpc, id, method, ...(read.params && { params: read.params }) } as JSONRPCMessage;
  const unsupported = unsupportedVersionOf(message, idOf(value));
  return unsupported === undefined ? { kind: 'message', message } : { kind: 'error', errors: [unsupported] };
};

const readNotification = ({ method, params }: Readonly<Record<string, unknown>>): Incoming => {
  if (typeof method !== 'string') return { kind: 'ignored', reason: 'a notification without a method' };
  if (params !== undefined && params !== null && !isObject(params)) {
    return {
      kind: 'ignored',
      reason: `${JSON.stringify(method.slice(0, 100))} with params that are no object`,
    };
  }
  const message = { jsonrpc: '2.0', method, ...(params && { params: withoutNullMembers(params) }) };
  // Checked member by member above.
  return { kind: 'message', message: message as JSONRPCMessage };
};

/** Some clients send both members, one of them null; which one counts is clear then. */
const readResponse = ({ id, result, error }: Readonly<Record<string, unknown>>): Incoming => {
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) {
    return { kind: 'ignored', reason: 'a response without an id' };
  }
  const message =
    error === undefined || error === null
      ? { jsonrpc: '2.0', id, result: isObject(result) ? withoutNullMembers(result) : {} }
      : { jsonrpc: '2.0', id, error: responseErrorOf(error) };
  // Checked member by member above.
  return { kind: 'message', message: message as JSONRPCMessage };
};

const internalError = -32603;

const responseErrorOf = (error: unknown): { readonly code: number; readonly message: string } => {
  if (!isObject(error)) return { code: internalError, message: String(error) };
  const { code, message } = error;
  return {
    code: typeof code === 'number' && Number.isSafeInteger(code) ? code : internalError,
    message: typeof message === 'string' ? message : 'The client reported an error.',
  };
};

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const supported: readonly string[] = ['2026-07-28'];
/** UnsupportedProtocolVersion of the specification of 2026-07-28. */
const unsupportedVersion = -32022;

/**
 * Once a connection is open, version 2.4.0 of the SDK serves a request that claims an unknown protocol version, where
 * the specification requires an error with the known ones.
 */
const unsupportedVersionOf = (message: JSONRPCMessage, id: AnswerId): ErrorResponse | undefined => {
  if (!('method' in message)) return undefined;
  const requested = message.params?._meta?.[versionKey];
  if (typeof requested !== 'string' || supported.includes(requested)) return undefined;
  return {
    jsonrpc: '2.0',
    id,
    error: {
      code: unsupportedVersion,
      message: `Unsupported protocol version: ${requested}`,
      data: { supported, requested },
    },
  };
};

/** The id of a request whose line was too long to be read, where its first or last characters show it. */
export const idInSample = (head: string, tail: string): AnswerId => {
  const atStart =
    /^\s*\{(?:\s*"(?:jsonrpc|method)"\s*:\s*"[^"\\]*"\s*,)*\s*"id"\s*:\s*("[^"\\]*"|-?\d+)\s*[,}]/;
  const atEnd = /"id"\s*:\s*("[^"\\]*"|-?\d+)(?:\s*,\s*"(?:jsonrpc|method)"\s*:\s*"[^"\\]*")*\s*\}\s*$/;
  const text = atStart.exec(head)?.[1] ?? atEnd.exec(tail)?.[1];
  // Both patterns match a JSON string or integer.
  return text === undefined ? null : (JSON.parse(text) as AnswerId);
};
