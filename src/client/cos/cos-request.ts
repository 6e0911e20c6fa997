/** One request of object storage: signed, sent, retried where that is safe. */
import { authorizationOf, signCos, signedHeadersOf } from '../../cos/sign.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import { type Clock, type ClockSkew, wait } from '../clock.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { Endpoint } from '../endpoints.ts';
import { notSent, type Operation, outcomeUnknown } from '../failures.ts';
import { nextRetry } from '../retry/retry-policy.ts';
import type { HttpRequest, HttpStream, Transport } from '../transport.ts';
import { masked } from '../wire.ts';
import { type CosAddress, type CosDomain, cosAddressOf, urlEncode } from './cos-address.ts';
import { cosErrorOf } from './cos-errors.ts';
import type { CosObject } from './cos-object.ts';

export interface CosSender {
  readonly endpoint: Endpoint;
  readonly domain: CosDomain;
  /** Of objects whose address names no region. */
  readonly defaultRegion: () => string | undefined;
  /** Read before every request, so that rotated keys take effect. */
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly skew: ClockSkew;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
  readonly timeoutMs: number;
}

export interface CosRequest {
  /** Name of the operation in the vendor's documentation, such as GetObject. */
  readonly action: string;
  readonly method: HttpRequest['method'];
  readonly object: CosObject;
  /** Query parameters; one without a value has the empty string. */
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** How many bytes the service handles before it responds, where these are not those of the body. */
  readonly workBytes?: number;
  /** Whether a second, equal request does no harm; every request that only reads does none. */
  readonly isRetryable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A response with a status below 300, and whether an earlier request of the call may have been carried out as well. */
export type CosResponse = HttpStream & { readonly mayHaveExecutedBefore: boolean };

/** The slowest upload that is worth waiting for: 8 MB in 80 seconds. */
const minBytesPerMs = 100;
/** Parts are joined at the speed of a slow disk, or faster. */
const minWorkBytesPerMs = 10_000;
/** Valid for longer than the longest exchange, and as long as the vendor's SDK has it. */
const validSeconds = 900;
/** Tolerates a clock that is a little fast. */
const earlySeconds = 60;
/** An error document is short. */
const maxErrorBytes = 64 * 1024;

/**
 * Sends a request.
 * @throws InputError or ConfigError before anything is sent; ApiError for a refusal; TransportError without a usable
 *   response
 */
export const sendCos = async (request: CosRequest, sender: CosSender): Promise<CosResponse> => {
  const { clock, skew, random } = sender;
  const address = await cosAddressOf(request.object, sender.endpoint, sender.domain, sender.defaultRegion());
  const operation: Operation = { name: request.action, changes: !isRead(request) };
  const timeoutMs =
    sender.timeoutMs +
    (request.body?.length ?? 0) / minBytesPerMs +
    (request.workBytes ?? 0) / minWorkBytesPerMs;
  const deadline = clock.now() + timeoutMs * 2;
  const attempt = { request, operation, address, timeoutMs };
  let mayHaveExecutedBefore = false;
  let isSkewCorrected = false;
  for (let requestNumber = 1; ; requestNumber++) {
    const signedAt = skew.now();
    const { response, error } = await exchangeOnce(attempt, signedAt, sender);
    if (response && error === undefined) return { ...response, mayHaveExecutedBefore };
    if (isClockRefusal(error) && !isSkewCorrected && skew.learn(response?.headers.date, signedAt)) {
      isSkewCorrected = true;
      continue;
    }
    mayHaveExecutedBefore ||= error instanceof TransportError && error.mayHaveExecuted;
    const isRetryable = request.isRetryable ?? isRead(request);
    const retry = nextRetry({
      ...{ error, isRetryable, requestNumber, deadline },
      ...{ now: clock.now(), random: random() },
    });
    if (!retry.isRetried) throw error;
    if (!(await wait(clock, retry.afterMs, request.signal)))
      throw (mayHaveExecutedBefore ? outcomeUnknown : notSent)(operation, 'cancelled', 'it was cancelled');
  }
};

const isRead = ({ method }: CosRequest): boolean => method === 'GET' || method === 'HEAD';

interface Attempt {
  readonly request: CosRequest;
  readonly operation: Operation;
  readonly address: CosAddress;
  readonly timeoutMs: number;
}

const exchangeOnce = async (
  { request, operation, address, timeoutMs }: Attempt,
  signedAt: number,
  { credentials, transport }: CosSender,
): Promise<{ readonly response?: HttpStream; readonly error?: unknown }> => {
  let response: HttpStream | undefined;
  try {
    const { credential } = await credentials.get();
    const { secretKey, token } = credential;
    const params = request.params ?? {};
    const headers = {
      ...request.headers,
      ...(request.body && { 'content-length': String(request.body.length) }),
      host: new URL(address.origin).host,
      ...(token !== undefined && { 'x-cos-security-token': token }),
    };
    const start = Math.floor(signedAt / 1000) - earlySeconds;
    const signature = signCos(
      { method: request.method, path: address.signedPath, params, headers: signedHeadersOf(headers) },
      credential,
      { start, end: start + validSeconds },
    );
    response = await transport.stream({
      operation,
      method: request.method,
      origin: address.origin,
      path: `${address.path}${queryOf(params)}`,
      headers: { ...headers, authorization: authorizationOf(signature) },
      ...(request.body && { body: request.body }),
      silenceMs: timeoutMs,
      signal: request.signal,
    });
    if (response.status < 300) return { response };
    const body = await textOfBody(response.body, maxErrorBytes);
    if (response.status < 400) throw redirectError(operation, address.origin, response.status);
    const mask = (text: string) => masked(text, [secretKey, token]);
    return { response, error: cosErrorOf(request.action, request.object, { ...response, body }, mask) };
  } catch (error) {
    return { ...(response && { response }), error };
  }
};

/** A bucket can be configured to redirect to any host; following it would hand that host a valid signature. */
const redirectError = (operation: Operation, origin: string, status: number): TransportError =>
  outcomeUnknown(
    operation,
    'unexpected-response',
    `${origin} responded with a redirect (HTTP status ${status}), which is not followed`,
  );

const queryOf = (params: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(params).map(([name, value]) =>
    value === '' ? urlEncode(name) : `${urlEncode(name)}=${urlEncode(value)}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

const isClockRefusal = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.code === 'RequestTimeTooSkewed' ||
    (error.code === 'AccessDenied' && /expired/i.test(error.serviceMessage)));

/**
 * Reads a body as text.
 * @param maxBytes what is beyond it is not read
 */
export const textOfBody = async (body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
};
