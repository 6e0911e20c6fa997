/** The few errors of the program, each with a sharp meaning. None ever holds a secret. */
import { type ErrorCode, errorCodes } from '../catalogue/error-codes.ts';

/** One thing that is wrong with an input. */
export interface Issue {
  /** Where: `Job.Tasks[0].TaskName`; empty for the whole. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
  /** The API's own code for it, where it has one. */
  readonly code?: string;
}

/** The input is wrong. Nothing was sent. */
export class InputError extends Error {
  override readonly name = 'InputError' as const;
  constructor(
    readonly subject: string,
    readonly issues: readonly Issue[],
  ) {
    super(
      `${subject}: ${issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join('; ')}`,
    );
  }
}

/** Nobody said yes. Nothing was sent. `decision` is how that was reached, for the audit. */
export class ConfirmationError extends Error {
  override readonly name = 'ConfirmationError' as const;
  constructor(
    message: string,
    readonly decision: string,
  ) {
    super(message);
  }
}

/** The service answered, and said no. */
export class ApiError extends Error {
  override readonly name = 'ApiError' as const;
  /** What the code means. */
  readonly meaning: string;
  /** What to do next. */
  readonly next: string;
  constructor(
    readonly action: string,
    readonly code: string,
    readonly serviceMessage: string,
    readonly requestId: string | undefined,
    /** What the code means, where it is not one of the catalogue's codes (another system's). */
    explained?: { readonly meaning: string; readonly next: string },
  ) {
    super(
      `${action} was refused with ${code}: ${serviceMessage}${requestId ? ` (RequestId ${requestId})` : ''}`,
    );
    const known = explained ?? errorCodeOf(code);
    this.meaning = known?.meaning ?? 'The service gave a code that this program does not know.';
    this.next = known?.next ?? 'Read the message of the service; look the code up in its documentation.';
  }
}

/** There is no usable answer. `mayHaveHappened` says whether the call may have been carried out all the same. */
export class TransportError extends Error {
  override readonly name = 'TransportError' as const;
  constructor(
    message: string,
    readonly mayHaveHappened: boolean,
    options?: { cause?: unknown; requestId?: string },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.requestId = options?.requestId;
  }
  readonly requestId: string | undefined;
}

/** The set-up is wrong: a flag, a file, a missing credential. Says what to change. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError' as const;
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
  }
}

/** A sub-code (`RequestLimitExceeded.UinLimitExceeded`) means what its parent means. */
const errorCodeOf = (code: string) => {
  for (let name = code; name; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    if (Object.hasOwn(errorCodes, name)) return errorCodes[name as ErrorCode];
  }
  return undefined;
};
