/** What went wrong on the wire, as one of the program's own errors. */
import * as z from 'zod';
import { ApiError, TransportError } from '../../shared/errors.ts';
import { explanationOf } from './error-codes.ts';

interface FailedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Uint8Array;
}

/**
 * The error of an answer whose status says no.
 * @param action the tool, for the message
 * @param now this machine's time, to be held against the service's where the signature was refused
 */
export const failureOf = (action: string, answer: FailedAnswer, now: number): ApiError | TransportError => {
  const { status, headers } = answer;
  if (status >= 300 && status < 400 && status !== 304) {
    return new TransportError(
      `${action}: the endpoint answered with a redirect (${status}), which is never followed: it would take the signature elsewhere.`,
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
      ? [`The service's clock says ${headers.date}, this machine's ${new Date(now).toUTCString()}.`]
      : [];
  const message = [
    withoutSignature(first) || `The service answered with status ${status}.`,
    ...values,
    ...clocks,
  ].join(' ');
  return new ApiError(action, code, message.slice(0, 1000), requestId, explanationOf(code));
};

/**
 * What a lost connection means. The error of the client library is not kept: it holds the request, and with it a token.
 * @param arrived whether the service may have seen the call
 * @param changes whether the call changes something, so that it may have been carried out
 */
export const lostAnswer = (
  action: string,
  cause: unknown,
  arrived: boolean,
  changes: boolean,
): TransportError =>
  new TransportError(
    `${action}: ${arrived ? 'no usable answer came' : 'the endpoint cannot be reached'} (${reasonOf(cause)}).`,
    arrived && changes,
  );

// These say that no connection ever stood, so the service cannot have seen anything.
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

/** Whether an error of the connection leaves open that the service has seen the call. */
export const mayHaveArrived = (error: unknown): boolean => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return !neverConnected.some((start) => code.startsWith(start));
};

const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return 'unknown reason';
  if (cause instanceof RangeError) return cause.message;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return code === 'AbortError' || code === 'TimeoutError' ? 'the time limit was reached' : code;
};

const requestIdOf = (requestId: string | undefined) => (requestId === undefined ? {} : { requestId });

/** The body of an error. A code that is no code, from whatever stands in between, is not repeated in our sentences. */
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

/** A refused signature is repeated by the service in its message. It is no key, but it belongs to nobody else either. */
const withoutSignature = (text: string): string =>
  text.replace(/[A-Za-z0-9+/]{43}=/g, '***').replace(/Bearer\s+[\w.~+/-]+=*/gi, 'Bearer ***');
