/** Errors of the object storage protocol: code, HTTP status and the XML body. https://www.tencentcloud.com/document/product/436/7730 */
import { element, xmlDocument } from './xml.ts';

/** The codes this engine returns, with their documented HTTP status. */
const statusOf = {
  AccessDenied: 403,
  BadDigest: 400,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  FileAlreadyExists: 409,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidPart: 400,
  InvalidRange: 416,
  InvalidURI: 400,
  KeyTooLong: 400,
  MalformedXML: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PathConflict: 409,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
} as const;

export type CosErrorCode = keyof typeof statusOf;

/** A request that the storage refuses. */
export class CosError extends Error {
  override readonly name = 'CosError' as const;
  readonly code: CosErrorCode;
  readonly status: number;
  constructor(code: CosErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = statusOf[code];
  }
}

export const errorBodyOf = (error: CosError, resource: string, requestId: string): string =>
  xmlDocument(
    element('Error', [
      element('Code', error.code),
      element('Message', error.message),
      element('Resource', resource),
      element('RequestId', requestId),
      element('TraceId', ''),
    ]),
  );
