/** Errors of object storage: what a code means and what to do next. https://www.tencentcloud.com/document/product/436/7730 */
import { ApiError } from '../../shared/errors.ts';
import { type CosObject, cosUrlOf } from './cos-object.ts';
import { parseXml, textOf } from './cos-xml.ts';

interface Explanation {
  readonly meaning: string;
  readonly next: string;
}

const accessDenied: Explanation = {
  meaning: 'The credentials do not grant this access to the object, or a signature or link has expired.',
  next: "Check the bucket's policy and the role of the credentials; for a link, make a new one.",
};
const wrongKeys: Explanation = {
  meaning: 'The service does not accept the keys of these credentials.',
  next: 'Check the credentials with batch-mcp doctor; temporary keys may have expired.',
};
const missing: Explanation = {
  meaning: 'There is no object of that key, or the bucket does not exist.',
  next: 'List the directory to see which objects exist; keys are case-sensitive.',
};
const transient: Explanation = {
  meaning: 'The service is overloaded or failed internally.',
  next: 'Call it again in a moment.',
};

const explanations: Readonly<Record<string, Explanation>> = {
  AccessDenied: accessDenied,
  NoSuchBucket: {
    meaning: 'There is no such bucket in that region.',
    next: 'Check name and region: the name ends in the APPID, and the region is part of the address.',
  },
  NoSuchKey: missing,
  InvalidObjectState: {
    meaning: 'The object is archived and cannot be read until it has been restored.',
    next: 'Restore it in the console of the service, which takes minutes to hours, then call again.',
  },
  RequestTimeTooSkewed: {
    meaning: 'The clock of this machine is more than 15 minutes off.',
    next: 'Set the clock, for instance with NTP.',
  },
  ExpiredToken: wrongKeys,
  InvalidAccessKeyId: wrongKeys,
  SignatureDoesNotMatch: wrongKeys,
  InvalidRange: {
    meaning: 'The object is shorter than the first byte that was asked for.',
    next: 'Ask for a range inside the object; an object that is written again may have become shorter.',
  },
  PreconditionFailed: {
    meaning: 'The object was replaced while it was read.',
    next: 'Start again: the parts that were read belong to the earlier object.',
  },
  FileAlreadyExists: {
    meaning: 'An object of that key exists, and it is not overwritten.',
    next: 'Choose another key, or ask the user whether it may be overwritten.',
  },
  PathConflict: {
    meaning: 'The local engine stores objects as files, so a key cannot be a file and a directory.',
    next: 'Choose another key.',
  },
  BadDigest: {
    meaning: 'What arrived is not what was sent: the transfer was damaged.',
    next: 'Call it again.',
  },
  EntityTooLarge: {
    meaning: 'The object is larger than the service accepts.',
    next: 'Split it into several objects.',
  },
  KeyTooLong: { meaning: 'A key has at most 850 bytes.', next: 'Choose a shorter key.' },
  NoSuchUpload: {
    meaning: 'The multipart upload was completed or aborted by someone else.',
    next: 'Call it again: it begins a new upload.',
  },
  SlowDown: transient,
  InternalError: transient,
  ServiceUnavailable: transient,
};

/** HEAD has no body, so the status is all there is. */
const codeOfStatus: Readonly<Record<number, string>> = {
  400: 'InvalidRequest',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  409: 'FileAlreadyExists',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
  429: 'SlowDown',
  500: 'InternalError',
  503: 'SlowDown',
};

/**
 * The error that a response reports.
 * @param action such as GetObject
 * @param body XML, or empty
 * @param mask removes secrets from a text from outside
 */
export const cosErrorOf = (
  action: string,
  object: CosObject,
  response: {
    readonly status: number;
    readonly body: string;
    readonly headers: Readonly<Record<string, string | undefined>>;
  },
  mask: (text: string) => string,
): ApiError => {
  const error = parseXml(response.body).Error;
  const code =
    textOf(error, 'Code') ??
    codeOfStatus[response.status] ??
    (response.status >= 500 ? 'InternalError' : `HTTP status ${response.status}`);
  const message = mask(textOf(error, 'Message') ?? '').slice(0, 500);
  const requestId = textOf(error, 'RequestId') ?? response.headers['x-cos-request-id'];
  const known = (Object.hasOwn(explanations, code) ? explanations[code] : undefined) ?? {
    meaning: 'This program does not know the code.',
    next: 'Read the message of the service, or look up the code in its documentation.',
  };
  return new ApiError(
    action,
    mask(code).slice(0, 100),
    `${message}${message === '' || message.endsWith('.') ? '' : '.'} ${cosUrlOf(object)}`.trim(),
    requestId === undefined ? undefined : mask(requestId).slice(0, 200),
    known,
  );
};
