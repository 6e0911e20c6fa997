/** What crosses the socket: one request, one answer, the envelope around it, and the vendor's limits of size. */
import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '../../catalogue/error-codes.ts';

/** One HTTP request, read to its end. */
export interface WireRequest {
  readonly method: string;
  /** Path and query as they were sent: a signature covers the raw text. */
  readonly url: string;
  /** Names in lower case; every value that was sent, so that a header given twice is seen. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly body: Buffer;
  /** The body passed the limit and was not kept. */
  readonly tooLarge: boolean;
}

/** What goes back. All but the first kind exist for the faults that are injected on request. */
export type Answer =
  | {
      readonly kind: 'whole' | 'half';
      readonly body: string;
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'reset' };

export interface WholeAnswer {
  readonly kind: 'whole';
  readonly body: string;
  readonly requestId: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes: limits of the vendor's page on request structure. */
export const limits = {
  /** POST with TC3-HMAC-SHA256. */
  post: 10 * 1024 * 1024,
  /** POST with HmacSHA1 or HmacSHA256. */
  postV1: 1024 * 1024,
  /** GET: everything after the host. */
  get: 32 * 1024,
} as const;

/** Puts a result into the envelope; `RequestId` is made here, so no answer can lack it. */
export const resultAnswer = (result: object, requestId: string = randomUUID()): WholeAnswer => ({
  kind: 'whole',
  requestId,
  body: JSON.stringify({ Response: { ...result, RequestId: requestId } }),
});

/** An error is HTTP 200 too: clients of the vendor read the code from the envelope only. */
export const refusalAnswer = (
  code: ErrorCode,
  message: string,
  requestId: string = randomUUID(),
): WholeAnswer => resultAnswer({ Error: { Code: code, Message: message } }, requestId);
