/** How a call reaches Azure Batch: one signed request, resent where the answer was lost, bounded in size and time. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Client, ClientOptions } from '@azure-rest/core-client';
import { ConfigError, TransportError } from '../../shared/errors.ts';
import { type AzureSettings, defaultApiVersion, defaultCallLimit } from '../settings.ts';
import { accountOf, type Endpoint, endpointOf } from './endpoint.ts';
import { failureOf, lostAnswer, mayHaveArrived } from './failure.ts';
import { isSignInError, loadIdentity, signInError } from './identity.ts';
import { type AzureCall, type BuiltRequest, buildRequest } from './request.ts';
import { authorizationOf } from './shared-key.ts';

/** The library names this type in a package that is no dependency of ours. */
type Policy = NonNullable<ClientOptions['additionalPolicies']>[number]['policy'];

/** What is known about one call while the library sends and resends it. */
interface Delivery {
  attempts: number;
  /** Whether the service may have seen any of them. */
  hasArrived: boolean;
}

/** Found by the signal, which is made anew for each call and is the same object in all its attempts. */
type Deliveries = WeakMap<object, Delivery>;

export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
  /** How often it was sent. Above one, an earlier attempt may have been carried out with its answer lost. */
  readonly attempts: number;
}

export interface Wire {
  readonly settings: AzureSettings;
  readonly now: () => number;
  /** A new GUID for `client-request-id`. */
  readonly newId: () => string;
  /** The endpoint of a call. @throws InputError, ConfigError */
  endpointOf(wanted: string | undefined): Endpoint;
  /** The request as it would be sent, without its `authorization`. */
  build(call: AzureCall, endpoint: Endpoint): BuiltRequest;
  /**
   * Sends a call and returns whatever was answered, also a refusal.
   * @throws TransportError, ConfigError; the signal's reason where the caller has gone
   */
  send(call: AzureCall, endpoint: Endpoint, signal: AbortSignal): Promise<WireAnswer>;
  /** Sends a reading call. @throws ApiError for a refusal, besides what `send` throws */
  fetch(call: AzureCall, endpoint: Endpoint, signal: AbortSignal): Promise<WireAnswer>;
  /** Reads JSON. Every field of `T` has to be optional: the service leaves out what it has no value for. */
  read<T extends object>(call: AzureCall, endpoint: Endpoint, signal: AbortSignal): Promise<T>;
}

// The server takes at most 30 s for a request; a client that gives up first would not learn what happened.
const attemptLimit = 60_000;
// A page of 1,000 tasks with everything in them is below this.
const defaultMostBytes = 16 * 1024 * 1024;
// An error is a short text; what is longer comes from somewhere else.
const maxErrorBytes = 256 * 1024;

/** Creates the wire. Nothing is loaded or checked before the first call. */
export const createWire = (settings: AzureSettings): Wire => {
  const clients = new Map<string, Promise<Client>>();
  const deliveries: Deliveries = new WeakMap();
  const now = settings.now ?? Date.now;
  const newId = settings.newId ?? randomUUID;

  const clientOf = (endpoint: Endpoint): Promise<Client> => {
    const client = clients.get(endpoint.url) ?? createClient(settings, endpoint, deliveries, now);
    clients.set(endpoint.url, client);
    // What failed once (an absent package, nobody signed in) may have been mended since.
    client.catch(() => clients.delete(endpoint.url));
    return client;
  };

  const send: Wire['send'] = async (call, endpoint, signal) => {
    const request = buildRequest(call, endpoint, apiVersionOf(settings), newId());
    const client = await clientOf(endpoint);
    const limit = AbortSignal.timeout(settings.callLimit ?? defaultCallLimit);
    const abortSignal = AbortSignal.any([signal, limit]);
    const delivery: Delivery = { attempts: 0, hasArrived: false };
    deliveries.set(abortSignal, delivery);
    const operation = client.pathUnchecked(request.url);
    const options = {
      headers: request.headers,
      // As bytes: text would be put into JSON a second time.
      ...(request.body !== undefined && { body: Buffer.from(request.body) }),
      abortSignal,
      timeout: attemptLimit,
    };
    try {
      const method = call.method === 'GET' ? 'get' : call.method === 'HEAD' ? 'head' : 'post';
      const response = await operation[method](options).asNodeStream();
      const status = Number(response.status);
      const most = status < 300 ? (call.maxBytes ?? defaultMostBytes) : maxErrorBytes;
      return {
        status,
        headers: response.headers,
        bytes: response.body ? await bytesOf(response.body, most) : Buffer.alloc(0),
        attempts: delivery.attempts,
      };
    } catch (error) {
      signal.throwIfAborted();
      // A mistake of this program is not to look like one of the network.
      if (error instanceof ConfigError || error instanceof TypeError) throw error;
      if (isSignInError(error)) throw signInError(error);
      throw lostAnswer(call.action, error, delivery.hasArrived, call.method === 'POST');
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
    endpointOf: (wanted) => endpointOf(settings, wanted),
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
  deliveries: Deliveries,
  now: () => number,
): Promise<Client> => {
  const { getClient } = await import('@azure-rest/core-client');
  const options: ClientOptions = {
    allowInsecureConnection: endpoint.isLoopback,
    redirectOptions: { maxRetries: 0 },
    // Three resends with doubling waits, and `Retry-After` where the service says how long.
    retryOptions: { maxRetries: 3, retryDelayInMs: settings.retryDelay ?? 1000 },
    // Otherwise the library adds a second id of its own under another name.
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
  // A small compressed answer can be endless when unpacked, and the limit counts what arrives.
  client.pipeline.removePolicy({ name: 'decompressResponsePolicy' });
  // A proxy of the environment must not see what is meant for this machine.
  if (endpoint.isLoopback) client.pipeline.removePolicy({ name: 'proxyPolicy' });
  return client;
};

/** A fresh date and signature for each attempt: a resend may come later than the 15 minutes that a date is good for. */
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

/** Notes what became of each attempt, and takes refusals off the connection, which a resend would leave hanging. */
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

const bytesOf = async (stream: NodeJS.ReadableStream, most: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > most) throw new RangeError(`it is longer than ${most} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
};

/** The JSON of an answer. @throws TransportError where it is none */
const jsonOf = <T extends object>(action: string, answer: WireAnswer): T => {
  try {
    const value: unknown = JSON.parse(answer.bytes.toString('utf8').replace(/^\ufeff/, ''));
    // What the service sends is not checked here; that every field is optional makes the reader look.
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // Said below.
  }
  throw new TransportError(
    `${action}: the answer is no JSON; something other than Azure Batch may have given it.`,
    false,
  );
};
