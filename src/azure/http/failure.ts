/** Converts error responses and network failures to the program's errors. */
import * as z from 'zod';
import { connectionProblemOf } from '../../shared/connection-problem.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import { explanationOf } from './error-codes.ts';

interface FailedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Uint8Array;
}

/**
 * The error of a response with an error status.
 * @param action the tool, for the message
 * @param now this machine's time, to compare with the service's if the signature was rejected
 */
export const failureOf = (action: string, answer: FailedResponse, now: number): ApiError | TransportError => {
  const { status, headers } = answer;
  if (status >= 300 && status < 400 && status !== 304) {
    return new TransportError(
      `${action}: the endpoint returned a redirect (${status}), which is never followed because it would send the signature to another host.`,
      false,
      requestIdOf(headers['request-id']),
    );
  }
  const body = errorBodyOf(answer.bytes);
  const code = body?.code ?? (status === 304 ? 'ConditionNotMet' : `HTTP_${status}`);
  const [first = '', ...rest] = (body?.message ?? '').split('\n');
  const requestId = headers['request-id'] ?? rest.join('\n').match(/RequestId:([\w-]+)/)?.[1];
  const values = (body?.values ?? []).map(
    ({ key, value }) => `${key}: ${withoutSignature(value).slice(0, 300)}`,
  );
  const clocks =
    status === 403 && headers.date !== undefined
      ? [`The service's clock is ${headers.date}, this machine's ${new Date(now).toUTCString()}.`]
      : [];
  const message = [
    withoutSignature(first) || `The service returned status ${status}.`,
    ...values,
    ...clocks,
  ].join(' ');
  return new ApiError(action, code, message.slice(0, 1000), requestId, explanationOf(code));
};

/**
 * The error of a lost connection. The library's error is not its cause, because it contains the request and its token.
 * @param arrived whether the service may have received the call
 * @param changes whether the call changes something and so may have been carried out
 */
export const lostResponseError = (
  action: string,
  cause: unknown,
  arrived: boolean,
  changes: boolean,
  origin: string,
): TransportError =>
  new TransportError(
    arrived
      ? `${action}: there was no usable response (${reasonOf(cause)}).`
      : `${action}: ${unreachableReason(cause, origin)}.`,
    arrived && changes,
  );

// With these codes no connection was established, so the service has received nothing.
const neverConnected = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'CERT_',
  'DEPTH_ZERO',
  'SELF_SIGNED',
  'ERR_TLS',
  'UNABLE_TO',
];

/** Whether the service may have received the call despite this network error. */
export const mayHaveArrived = (error: unknown): boolean => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return !neverConnected.some((start) => code.startsWith(start));
};

const unreachableReason = (cause: unknown, origin: string): string =>
  isTimeLimit(cause)
    ? 'the endpoint is unreachable (the time limit was reached)'
    : connectionProblemOf(cause, origin).message;

const isTimeLimit = (cause: unknown): boolean =>
  cause instanceof Error && ['AbortError', 'TimeoutError'].includes(cause.name);

const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return 'unknown reason';
  if (cause instanceof RangeError) return cause.message;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return code === 'AbortError' || code === 'TimeoutError' ? 'the time limit was reached' : code;
};

const requestIdOf = (requestId: string | undefined) => (requestId === undefined ? {} : { requestId });

/** The body of an error. The pattern keeps other text, for instance of a proxy, out of our messages. */
const errorBody = z.looseObject({
  code: z.string().regex(/^\w{1,100}$/),
  message: z
    .union([z.string(), z.looseObject({ value: z.string() }).transform(({ value }) => value)])
    .catch(''),
  values: z.array(z.looseObject({ key: z.string(), value: z.string() })).catch([]),
});

const errorBodyOf = (bytes: Uint8Array): z.output<typeof errorBody> | undefined => {
  try {
    const text = new TextDecoder().decode(bytes).replace(/^\ufeff/, '');
    return errorBody.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** The service repeats a rejected signature in its message; it must not reach the user. */
const withoutSignature = (text: string): string =>
  text.replace(/[A-Za-z0-9+/]{43}=/g, '***').replace(/Bearer\s+[\w.~+/-]+=*/gi, 'Bearer ***');
