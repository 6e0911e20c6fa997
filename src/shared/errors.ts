/** The errors of the program, each with one meaning. None ever holds a secret. */
import { type ErrorCode, errorCodes } from '../catalogue/error-codes.ts';

/** One thing that is wrong with an input. */
export interface Issue {
  /** Where: `Job.Tasks[0].TaskName`; empty for the whole. */
  readonly path: string;
  /** What is wrong and what is expected. */
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

/** The call was not confirmed. Nothing was sent. `decision` is the reason, for the audit. */
export class ConfirmationError extends Error {
  override readonly name = 'ConfirmationError' as const;
  constructor(
    message: string,
    readonly decision: string,
  ) {
    super(message);
  }
}

/** The service refused the call. */
export class ApiError extends Error {
  override readonly name = 'ApiError' as const;
  /** What the code means. */
  readonly meaning: string;
  /** What to do next. */
  readonly next: string;
  /** The ClientToken that the call carried. */
  readonly clientToken?: string;
  constructor(
    readonly action: string,
    readonly code: string,
    readonly serviceMessage: string,
    readonly requestId: string | undefined,
    /** For codes that are not in the catalogue (of another service). */
    explained?: { readonly meaning: string; readonly next: string },
  ) {
    super(
      `${action} was refused with ${code}: ${serviceMessage}${requestId ? ` (RequestId ${requestId})` : ''}`,
    );
    const known = explained ?? entryOf(code);
    this.meaning = known?.meaning ?? 'This program does not know the code.';
    this.next = known?.next ?? 'Read the message of the service, or look up the code in its documentation.';
  }
}

/** There is no usable response. `mayHaveExecuted`: whether the call may have been carried out. */
export class TransportError extends Error {
  override readonly name = 'TransportError' as const;
  constructor(
    message: string,
    readonly mayHaveExecuted: boolean,
    options?: { cause?: unknown; requestId?: string },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.requestId = options?.requestId;
  }
  readonly requestId: string | undefined;
  /** The ClientToken that the call carried. */
  readonly clientToken?: string;
}

/**
 * For reads that precede a call: a failed one says nothing about the call itself, which was not sent.
 * @throws the error; for a TransportError one that says that nothing was sent
 */
export const throwAsNotSent = (error: unknown): never => {
  if (!(error instanceof TransportError)) throw error;
  throw new TransportError(error.message, false, { cause: error });
};

/** A local file cannot be read or written. The message names it relative to the directory it is in. */
export class LocalFileError extends Error {
  override readonly name = 'LocalFileError' as const;
  constructor(
    message: string,
    /** Of the system, such as ENOSPC. */
    readonly code: string,
  ) {
    super(message);
  }
}

/** The configuration is wrong: a flag, a file, a missing credential. Says what to change. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError' as const;
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
  }
}

/** A sub-code (`RequestLimitExceeded.UinLimitExceeded`) means what its parent means. */
const entryOf = (code: string) => {
  for (let name = code; name; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    if (Object.hasOwn(errorCodes, name)) return errorCodes[name as ErrorCode];
  }
  return undefined;
};
