/** The requests and responses on the wire: their types, the envelope, and the vendor's size limits. */
import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '../../catalogue/error-codes.ts';

/** The part of an HTTP request that arrives before its body. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as they were sent: a signature covers the raw text. */
  readonly url: string;
  /** Names in lower case; every value that was sent, so that a repeated header is seen. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
}

/** How much body to read for a request, judged by its head. */
export interface BodyLimit {
  /** 0: the request is answered without its body. */
  readonly bytes: number;
  /** Whether the head proves who sends it. */
  readonly isVerified: boolean;
}

/** One complete HTTP request. */
export interface WireRequest extends RequestHead {
  readonly body: Buffer;
  /** The body exceeded the size limit and was discarded. */
  readonly tooLarge: boolean;
}

/** A response. Only injected faults produce anything but the kind `whole`. */
export type WireResponse =
  | {
      readonly kind: 'whole' | 'half';
      readonly body: string;
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'reset' };

export interface CompleteResponse {
  readonly kind: 'whole';
  readonly body: string;
  readonly requestId: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Answers one request. It is synchronous, so requests never interleave.
 * @param now milliseconds since 1970: the time by which the signature is judged
 */
export type RequestHandler = (request: WireRequest, now: number) => CompleteResponse;

/** A log record of one answered request. It never holds a parameter or a key. */
export interface RequestRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly requestId: string;
  /** As the request names it, known or not. */
  readonly action: string;
  readonly region: string;
  /** The error code, or `undefined` for success. */
  readonly code: string | undefined;
}

/** Size limits in bytes, from the vendor's page on request structure. */
export const limits = {
  /** POST with TC3-HMAC-SHA256. */
  post: 10 * 1024 * 1024,
  /** POST with HmacSHA1 or HmacSHA256. */
  postV1: 1024 * 1024,
  /** GET: everything after the host. */
  get: 32 * 1024,
} as const;

/** Wraps a result in the envelope. `RequestId` is added here, so no response can lack it. */
export const resultResponse = (result: object, requestId: string = randomUUID()): CompleteResponse => ({
  kind: 'whole',
  requestId,
  body: JSON.stringify({ Response: { ...result, RequestId: requestId } }),
});

/** An error is HTTP 200 as well: the vendor's clients read the code from the envelope only. */
export const errorResponse = (
  code: ErrorCode,
  message: string,
  requestId: string = randomUUID(),
): CompleteResponse => resultResponse({ Error: { Code: code, Message: message } }, requestId);
