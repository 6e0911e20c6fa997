/** One request of the API as HTTP, and its response: a value, completed where it lacks what is documented, or an error. */
import type * as z from 'zod';
import { type ActionName, actions, apiVersion, service } from '../catalogue/index.ts';
import { fieldOf, innermostOf, isListSchema, isObjectSchema, itemOf } from '../catalogue/schema-walk.ts';
import { ApiError, type TransportError } from '../shared/errors.ts';
import { type Credential, sign } from '../tc3/sign.ts';
import type { DeriveKey } from '../tc3/signature.ts';
import { notReceived, type Operation, outcomeUnknown } from './failures.ts';
import type { HttpAnswer, HttpRequest } from './transport.ts';

export interface ActionRequest {
  readonly operation: Operation;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly region: string;
  readonly body: string;
  /** Selects an attempt of a task instance of a local engine. */
  readonly instanceAttempt?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Signing {
  readonly credential: Credential;
  /** Milliseconds since 1970, by the service's clock. */
  readonly signedAt: number;
  readonly deriveKey?: DeriveKey;
  /** Of this program; sent to the service. */
  readonly version: string;
  readonly timeoutMs: number;
}

/** Signs a request. A signature is valid for one request: each has its own timestamp. */
export const requestOf = (
  { operation, origin, region, body, instanceAttempt, signal }: ActionRequest,
  { credential, signedAt, deriveKey, version, timeoutMs }: Signing,
): HttpRequest => {
  const host = origin.slice(origin.indexOf('://') + 3);
  const unsigned = {
    method: 'POST',
    host,
    service,
    action: operation.name,
    version: apiVersion,
    region,
    body,
    headers: instanceAttempt === undefined ? {} : { 'x-batch-mcp-attempt': String(instanceAttempt) },
  } as const;
  const headers = {
    ...sign(unsigned, credential, signedAt, deriveKey),
    'x-tc-language': 'en-US',
    'x-tc-requestclient': `batch-mcp_${version}`,
  };
  return { operation, method: 'POST', origin, headers, body, timeoutMs, signal };
};

/** The content of `Response`. */
export type ResponseFields = Readonly<Record<string, unknown>>;

/**
 * Every response of the API has status 200 and one envelope, errors included:
 * `{"Response":{…,"RequestId"}}` or `{"Response":{"Error":{"Code","Message"},"RequestId"}}`.
 * The content type is ignored: a call that was carried out must not look like a failure because of a header.
 * @param secrets values that are masked in every text from outside
 * @throws ApiError when the service refused; TransportError when this is no response of the service
 */
export const responseOf = (
  operation: Operation,
  origin: string,
  answer: HttpAnswer,
  secrets: readonly (string | undefined)[] = [],
): ResponseFields => {
  const response = envelopeOf(answer.body);
  if (!response) throw unexpectedResponse(operation, origin, answer, secrets);
  const requestId = typeof response.RequestId === 'string' ? response.RequestId : undefined;
  const error = response.Error;
  if (isRecord(error)) {
    const text = (value: unknown) => masked(typeof value === 'string' ? value : '', secrets);
    throw new ApiError(operation.name, text(error.Code) || 'unknown', text(error.Message), requestId);
  }
  if (answer.status !== 200) {
    throw outcomeUnknown(operation, 'connection', `${origin} responded with HTTP status ${answer.status}`, {
      requestId,
    });
  }
  return response;
};

const envelopeOf = (body: string): ResponseFields | undefined => {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) && isRecord(parsed.Response) ? parsed.Response : undefined;
  } catch {
    return undefined;
  }
};

const isRecord = (value: unknown): value is ResponseFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Something else responded: a proxy, a login page, another program on the port. */
const unexpectedResponse = (
  operation: Operation,
  origin: string,
  { status, headers, body }: HttpAnswer,
  secrets: readonly (string | undefined)[],
): TransportError => {
  if (status === 407)
    return notReceived(
      operation,
      'unexpected-response',
      'the proxy requires authentication (HTTP status 407); add user name and password to the address of the proxy',
    );
  if (status >= 300 && status < 400) {
    return outcomeUnknown(
      operation,
      'unexpected-response',
      `${origin} responded with a redirect (HTTP status ${status}); redirects are not followed, because the signature is valid for one host; correct --endpoint`,
    );
  }
  const type = masked(headers['content-type'] ?? 'no content type', secrets).slice(0, 60);
  const seen = masked(body, secrets)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 120);
  return outcomeUnknown(
    operation,
    // A gateway error is transient; anything else will respond the same way again.
    status >= 500 ? 'connection' : 'unexpected-response',
    `the response of ${origin} is not one of the API (HTTP status ${status}, ${type}${seen ? `, beginning with ${JSON.stringify(seen)}` : ', empty'})`,
  );
};

/** Text from outside, without the secrets. */
export const masked = (text: string, secrets: readonly (string | undefined)[]): string => {
  let clean = text;
  for (const secret of secrets) if (secret) clean = clean.replaceAll(secret, '***');
  return clean;
};

/**
 * Completes a response:
 * - An id that the response lacks is that of the request: a sentence about the target must name it.
 * - A list of objects has no `null` among them. Lists of numbers keep theirs, because samples have positions.
 * @returns a new value; the response is not changed
 */
export const completeOutput = (
  action: ActionName,
  input: object,
  response: ResponseFields,
): ResponseFields => {
  const { shape } = actions[action].output;
  const missing = Object.entries(input).filter(
    ([name, value]) => typeof value === 'string' && Object.hasOwn(shape, name) && !response[name],
  );
  // The schema is that of an object.
  return {
    ...(withoutNulls(response, actions[action].output) as ResponseFields),
    ...Object.fromEntries(missing),
  };
};

const withoutNulls = (value: unknown, schema: z.ZodType): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const inner = innermostOf(schema);
  if (isListSchema(inner) && Array.isArray(value)) {
    const item = innermostOf(itemOf(inner));
    if (!isObjectSchema(item)) return value;
    return value.filter((one) => one !== null).map((one) => withoutNulls(one, item));
  }
  if (!isObjectSchema(inner)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const field = fieldOf(inner, name);
      return [name, field ? withoutNulls(part, field) : part];
    }),
  );
};
