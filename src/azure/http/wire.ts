/** Sends calls to Azure Batch: signed, retried when a response is lost, and limited in size and time. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Client, ClientOptions } from '@azure-rest/core-client';
import { ConfigError, TransportError } from '../../shared/errors.ts';
import { type AzureSettings, defaultApiVersion, defaultCallTimeoutMs } from '../settings.ts';
import { accountOf, type Endpoint, endpointOf } from './endpoint.ts';
import { failureOf, lostResponseError, mayHaveArrived } from './failure.ts';
import { isSignInError, loadIdentity, signInError } from './identity.ts';
import { type AzureCall, type BuiltRequest, buildRequest } from './request.ts';
import { authorizationOf } from './shared-key.ts';

/** The library exports this type from a package that is not a dependency of this one. */
type Policy = NonNullable<ClientOptions['additionalPolicies']>[number]['policy'];

/** State of one call while the library sends and retries it. */
interface Delivery {
  attempts: number;
  /** Whether the service may have seen any of them. */
  hasArrived: boolean;
}

/** Keyed by the signal, which is created for each call and is the same object in all its attempts. */
type Deliveries = WeakMap<object, Delivery>;

export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
  /** Number of requests sent. If above one, an earlier one may have been carried out with its response lost. */
  readonly attempts: number;
}

export interface Wire {
  readonly settings: AzureSettings;
  readonly now: () => number;
  /** A new GUID for `client-request-id`. */
  readonly newId: () => string;
  /** The endpoint of a call. @throws InputError, ConfigError */
  endpointOf(requested: string | undefined): Endpoint;
  /** The request as it would be sent, without its `authorization`. */
  build(call: AzureCall, endpoint: Endpoint): BuiltRequest;
  /**
   * Sends a call and returns the response, whatever its status.
   * @throws TransportError, ConfigError; the signal's reason if the caller cancelled
   */
  send(call: AzureCall, endpoint: Endpoint, signal: AbortSignal): Promise<WireResponse>;
  /** Sends a call that only reads. @throws ApiError for an error status, besides what `send` throws */
  fetch(call: AzureCall, endpoint: Endpoint, signal: AbortSignal): Promise<WireResponse>;
  /** Reads JSON. Every field of `T` has to be optional: the service omits fields without a value. */
  read<T extends object>(call: AzureCall, endpoint: Endpoint, signal: AbortSignal): Promise<T>;
}

// The library's default: the delays of 1, 2 and 4 s outlast a short throttling.
const maxRetries = 3;
// The service takes at most 30 s for a request; a shorter limit would lose responses.
const attemptTimeoutMs = 60_000;
// A page of 1,000 complete tasks is smaller than this.
const defaultMaxBytes = 16 * 1024 * 1024;
// An error is a short text; a longer body is not from the service.
const maxErrorBytes = 256 * 1024;

/** Creates the wire. Nothing is loaded or checked before the first call. */
export const createWire = (settings: AzureSettings): Wire => {
  const clients = new Map<string, Promise<Client>>();
  const deliveries: Deliveries = new WeakMap();
  const now = settings.now ?? Date.now;
  const newId = settings.newId ?? randomUUID;

  const clientOf = (endpoint: Endpoint, maxRetries: number): Promise<Client> => {
    const key = `${maxRetries} ${endpoint.url}`;
    const client = clients.get(key) ?? createClient(settings, endpoint, maxRetries, deliveries, now);
    clients.set(key, client);
    // The cause of a failure (a missing package, no sign-in) may have been fixed since.
    client.catch(() => clients.delete(key));
    return client;
  };

  const send: Wire['send'] = async (call, endpoint, signal) => {
    const request = buildRequest(call, endpoint, apiVersionOf(settings), newId());
    const isRepeatable = !call.destroys || request.headers['if-match'] !== undefined;
    const client = await clientOf(endpoint, isRepeatable ? maxRetries : 0);
    const limit = AbortSignal.timeout(settings.callTimeoutMs ?? defaultCallTimeoutMs);
    const abortSignal = AbortSignal.any([signal, limit]);
    const delivery: Delivery = { attempts: 0, hasArrived: false };
    deliveries.set(abortSignal, delivery);
    const operation = client.pathUnchecked(request.url);
    const options = {
      headers: request.headers,
      // As bytes: the library would serialise a string as JSON again.
      ...(request.body !== undefined && { body: Buffer.from(request.body) }),
      abortSignal,
      timeout: attemptTimeoutMs,
    };
    try {
      const method = call.method === 'GET' ? 'get' : call.method === 'HEAD' ? 'head' : 'post';
      const response = await operation[method](options).asNodeStream();
      const status = Number(response.status);
      const maxBytes = status < 300 ? (call.maxBytes ?? defaultMaxBytes) : maxErrorBytes;
      return {
        status,
        headers: response.headers,
        bytes: response.body ? await bytesOf(response.body, maxBytes) : Buffer.alloc(0),
        attempts: delivery.attempts,
      };
    } catch (error) {
      signal.throwIfAborted();
      // A bug of this program must not be reported as a network failure.
      if (error instanceof ConfigError || error instanceof TypeError) throw error;
      if (isSignInError(error)) throw signInError(error);
      throw lostResponseError(call.action, error, delivery.hasArrived, call.method === 'POST', endpoint.url);
    }
  };

  const fetch: Wire['fetch'] = async (call, endpoint, signal) => {
    const answer = await send(call, endpoint, signal);
    if (answer.status !== 200 && answer.status !== 206) throw failureOf(call.action, answer, now());
    return answer;
  };

  return {
    settings,
    now,
    newId,
    endpointOf: (requested) => endpointOf(settings, requested),
    build: (call, endpoint) => buildRequest(call, endpoint, apiVersionOf(settings), newId()),
    send,
    fetch,
    read: async (call, endpoint, signal) => jsonOf(call.action, await fetch(call, endpoint, signal)),
  };
};

const apiVersionOf = (settings: AzureSettings): string => settings.apiVersion ?? defaultApiVersion;

const createClient = async (
  settings: AzureSettings,
  endpoint: Endpoint,
  maxRetries: number,
  deliveries: Deliveries,
  now: () => number,
): Promise<Client> => {
  const { getClient } = await import('@azure-rest/core-client');
  const options: ClientOptions = {
    allowInsecureConnection: endpoint.isLoopback,
    redirectOptions: { maxRetries: 0 },
    // With exponential backoff, or after the service's `Retry-After`.
    retryOptions: { maxRetries, retryDelayInMs: settings.retryDelayMs ?? 1000 },
    // Otherwise the library adds a second id under another name.
    telemetryOptions: { clientRequestIdHeaderName: 'client-request-id' },
    userAgentOptions: { userAgentPrefix: 'batch-mcp' },
    additionalPolicies: [{ policy: countAndBuffer(deliveries), position: 'perRetry' }],
  };
  const { accessKey } = settings;
  const client = accessKey
    ? getClient(endpoint.url, options)
    : getClient(endpoint.url, await (settings.credential ?? loadIdentity)(endpoint.authorityHost), {
        ...options,
        ...(endpoint.scope !== undefined && { credentials: { scopes: [endpoint.scope] } }),
      });
  if (accessKey) {
    const policy = signEachAttempt(accountOf(settings, endpoint), accessKey, now);
    client.pipeline.addPolicy(policy, { phase: 'Sign' });
  }
  // A small compressed response can expand without bound, and the limit counts the bytes received.
  client.pipeline.removePolicy({ name: 'decompressResponsePolicy' });
  // Calls to this machine must not go through a proxy of the environment.
  if (endpoint.isLoopback) client.pipeline.removePolicy({ name: 'proxyPolicy' });
  return client;
};

/** A new date and signature for each attempt: a retry may be sent after the 15 minutes for which a date is valid. */
const signEachAttempt = (account: string, key: string, now: () => number): Policy => ({
  name: 'sharedKeyPolicy',
  async sendRequest(request, next) {
    const hasOwnDate = request.headers.has('ocp-date');
    if (!hasOwnDate) request.headers.set('ocp-date', new Date(now()).toUTCString());
    const headers = request.headers.toJSON();
    request.headers.set('authorization', authorizationOf({ ...request, headers }, account, key));
    try {
      return await next(request);
    } finally {
      if (!hasOwnDate) request.headers.delete('ocp-date');
    }
  },
});

/** Records the outcome of each attempt, and reads error bodies, which would otherwise block the connection during a retry. */
const countAndBuffer = (deliveries: Deliveries): Policy => ({
  name: 'countAndBufferPolicy',
  async sendRequest(request, next) {
    const delivery = request.abortSignal && deliveries.get(request.abortSignal);
    if (delivery) delivery.attempts += 1;
    const response = await next(request).catch((error: unknown) => {
      if (delivery && mayHaveArrived(error)) delivery.hasArrived = true;
      throw error;
    });
    if (delivery) delivery.hasArrived = true;
    const { readableStreamBody } = response;
    if (response.status < 300 || readableStreamBody === undefined) return response;
    const bytes = await bytesOf(readableStreamBody, maxErrorBytes);
    return { ...response, readableStreamBody: Readable.from([bytes]) };
  },
});

const bytesOf = async (stream: NodeJS.ReadableStream, maxBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) throw new RangeError(`it is longer than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
};

/** Parses a JSON response. @throws TransportError if it is not JSON */
const jsonOf = <T extends object>(action: string, answer: WireResponse): T => {
  try {
    const value: unknown = JSON.parse(answer.bytes.toString('utf8').replace(/^\ufeff/, ''));
    // The response is not validated; every field of T is optional, so readers have to check.
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // Reported below.
  }
  throw new TransportError(`${action}: the response is not JSON; it may not come from Azure Batch.`, false);
};
