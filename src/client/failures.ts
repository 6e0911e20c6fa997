/** How a request that brought no usable answer is told: what happened, whether it may count, what to do next. */
import { TransportError } from '../errors.ts';

/** What a request is for. How its loss is told depends on whether it could change something. */
export interface Subject {
  readonly name: string;
  readonly changes: boolean;
}

/** Nothing left this machine, so nothing can have happened. */
export const notSent = (subject: Subject, what: string, cause?: unknown): TransportError =>
  new TransportError(`${subject.name}: ${what}. Nothing was sent.`, false, { cause: harmless(cause) });

/** The request left this machine, and what became of it is not known. */
export const noAnswer = (
  subject: Subject,
  what: string,
  details: { readonly cause?: unknown; readonly requestId?: string | undefined } = {},
): TransportError =>
  new TransportError(
    `${subject.name}: ${what}. ${
      subject.changes
        ? 'It may have been carried out all the same: look at the state before doing it again.'
        : 'It only reads, so it can simply be called again.'
    }`,
    true,
    {
      cause: harmless(details.cause),
      ...(details.requestId === undefined ? {} : { requestId: details.requestId }),
    },
  );

/**
 * The cause, without whatever a library hangs on its errors: undici keeps received bytes there, and a service that
 * sends back what it got would put our token into them.
 */
const harmless = (cause: unknown): Error | undefined => {
  if (!(cause instanceof Error)) return undefined;
  const code = codeOf(cause);
  const plain = new Error(code === undefined ? cause.name : `${cause.name} ${code}`);
  return code === undefined ? plain : Object.assign(plain, { code });
};

/** @returns the code by which Node and undici name what went wrong, such as ECONNREFUSED */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
