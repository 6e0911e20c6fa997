/** Sends a call that changes a job, and finds out by reading what became of it where its answer was lost. */
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { failureOf } from '../http/failure.ts';
import type { AzureCall } from '../http/request.ts';
import type { Wire, WireAnswer } from '../http/wire.ts';

export interface ChangeAnswer {
  /** The answer 202; absent where it was lost and reading the job showed that the call had been carried out. */
  readonly answer?: WireAnswer;
}

/**
 * Sends the call.
 * A resend meets the world that the first attempt has changed: the service then says 409, or 412 because the first
 * attempt gave the job a new ETag. So after a resend, and after 5xx or a lost connection, the job is read before
 * anything is reported.
 * @param hasHappened reads the job and says whether it is as the call would leave it; one that throws counts as unknown
 * @throws ApiError where the service refused; TransportError where it stays open whether it was carried out
 */
export const sendChange = async (
  wire: Wire,
  call: AzureCall,
  endpoint: Endpoint,
  signal: AbortSignal,
  hasHappened: () => Promise<boolean>,
): Promise<ChangeAnswer> => {
  const sent = await wire.send(call, endpoint, signal).catch((error: unknown) => {
    if (error instanceof TransportError && error.mayHaveHappened) return error;
    throw error;
  });
  if (!(sent instanceof TransportError) && sent.status === 202) return { answer: sent };
  const failure = sent instanceof TransportError ? sent : failureOf(call.action, sent, wire.now());
  const isOpen =
    sent instanceof TransportError ||
    sent.status >= 500 ||
    (sent.attempts > 1 && [409, 412].includes(sent.status));
  if (!isOpen) throw failure;
  const happened = await hasHappened().catch(() => undefined);
  signal.throwIfAborted();
  if (happened === true) return {};
  if (failure instanceof ApiError && happened === false) throw failure;
  throw new TransportError(
    happened === false
      ? `${failure.message} The job was read right after and had not changed; the call may still arrive.`
      : `${failure.message} The job could not be read to find out what became of it.`,
    true,
    failure.requestId === undefined ? {} : { requestId: failure.requestId },
  );
};
