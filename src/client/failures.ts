/** How a request that brought no usable answer is told: what happened, whether it may count, what to do next. */
import { TransportError } from '../shared/errors.ts';

/** What a request is for. How its loss is told depends on whether it could change something. */
export interface Operation {
  readonly name: string;
  readonly changes: boolean;
  /** It carries a ClientToken, so that a second, equal call cannot do it twice. */
  readonly isOnce?: boolean;
}

/** What became of a request, as far as it decides whether to send it again. */
export type Loss = 'connection' | 'time' | 'cancelled' | 'size' | 'stranger';

interface Details {
  readonly cause?: unknown;
  readonly requestId?: string | undefined;
}

/** Nothing left this machine, so nothing can have happened. */
export const notSent = (
  subject: Operation,
  loss: Loss,
  what: string,
  { cause }: Details = {},
): TransportError =>
  new TransportError(`${subject.name}: ${what}. Nothing was sent.`, false, { cause: causeOf(loss, cause) });

/** The request left this machine, and what became of it is not known. */
export const noAnswer = (
  subject: Operation,
  loss: Loss,
  what: string,
  details: Details = {},
): TransportError => {
  const { cause, requestId } = details;
  return new TransportError(`${subject.name}: ${what}. ${afterwards(subject)}`, true, {
    cause: causeOf(loss, cause),
    ...(requestId === undefined ? {} : { requestId }),
  });
};

const afterwards = ({ changes, isOnce = false }: Operation): string => {
  if (!changes) return 'It only reads, so it can simply be called again.';
  if (!isOnce) return 'It may have been carried out all the same: look at the state before doing it again.';
  return 'It is unconfirmed: it may have been carried out all the same. To find out, make the same call with the same arguments within 24 hours: it carries the same ClientToken, and the service does not do it twice.';
};

/**
 * The cause, without whatever a library hangs on its errors: undici keeps received bytes there, and a service that
 * sends back what it got would put our token into them.
 */
const causeOf = (loss: Loss, cause: unknown): Error => {
  const code = codeOf(cause);
  return Object.assign(new Error(`${loss}${code === undefined ? '' : ` (${code})`}`), { loss, code });
};

/** @returns what became of the request; nothing for an error that was not made here */
export const lossOf = (error: TransportError): Loss | undefined => {
  const { cause } = error;
  // Only `causeOf` sets this field.
  return cause instanceof Error && 'loss' in cause ? (cause.loss as Loss) : undefined;
};

/** @returns the code by which Node and undici name what went wrong, such as ECONNREFUSED */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
