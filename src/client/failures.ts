/** Errors of requests without a usable response: what failed, whether the call may have been carried out, what to do next. */
import { errorCodeOf } from '../shared/error-code.ts';
import { TransportError } from '../shared/errors.ts';

/** What a request is for. How its loss is reported depends on whether it could change something. */
export interface Operation {
  readonly name: string;
  readonly changes: boolean;
  /** It carries a ClientToken, so that a second, equal call cannot do it twice. */
  readonly hasIdempotencyToken?: boolean;
  /** What an unknown outcome means, where the request is no call of an API. */
  readonly recovery?: string;
}

/** Why a request failed, as far as it decides about a retry. `unreachable`: no connection is possible, a retry is pointless. */
export type Loss = 'connection' | 'unreachable' | 'time' | 'cancelled' | 'size' | 'unexpected-response';

interface Details {
  readonly cause?: unknown;
  readonly requestId?: string | undefined;
}

/** Nothing left this machine, so nothing can have been carried out. */
export const notSent = (
  operation: Operation,
  loss: Loss,
  what: string,
  { cause }: Details = {},
): TransportError =>
  new TransportError(`${operation.name}: ${what}. Nothing was sent.`, false, { cause: causeOf(loss, cause) });

/** Something before the service refused the request, such as a proxy, so nothing can have been carried out. */
export const notReceived = (operation: Operation, loss: Loss, what: string): TransportError =>
  new TransportError(`${operation.name}: ${what}. The request did not reach the service.`, false, {
    cause: causeOf(loss, undefined),
  });

/** The request left this machine, and its effect is unknown. */
export const outcomeUnknown = (
  operation: Operation,
  loss: Loss,
  what: string,
  details: Details = {},
): TransportError => {
  const { cause, requestId } = details;
  return new TransportError(`${operation.name}: ${what}. ${recoveryHint(operation)}`, true, {
    cause: causeOf(loss, cause),
    ...(requestId === undefined ? {} : { requestId }),
  });
};

const recoveryHint = ({ changes, hasIdempotencyToken = false, recovery }: Operation): string => {
  if (recovery !== undefined) return recovery;
  if (!changes) return 'It only reads, so it can be called again.';
  if (!hasIdempotencyToken) return 'It may have been carried out: read the state before repeating it.';
  return 'It is unconfirmed: it may have been carried out. To find out, repeat the call with the same arguments within 24 hours: it carries the same ClientToken, and the service does not do it twice.';
};

/**
 * The cause without the properties a library adds to its errors: undici attaches received bytes, and a service that
 * echoes the request would put our token into them.
 */
const causeOf = (loss: Loss, cause: unknown): Error => {
  const code = errorCodeOf(cause);
  return Object.assign(new Error(`${loss}${code === undefined ? '' : ` (${code})`}`), { loss, code });
};

/** @returns why a request failed; nothing for an error that was not created here */
export const lossOf = (error: TransportError): Loss | undefined => {
  const { cause } = error;
  // Only `causeOf` sets this field.
  return cause instanceof Error && 'loss' in cause ? (cause.loss as Loss) : undefined;
};
