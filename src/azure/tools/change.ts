/** Sends a call that changes a job, and determines its outcome by reading the job if the response is lost. */
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { failureOf } from '../http/failure.ts';
import type { AzureCall } from '../http/request.ts';
import type { Wire, WireResponse } from '../http/wire.ts';

export interface ChangeResult {
  /** The response 202; absent if it was lost and reading the job showed that the call took effect. */
  readonly answer?: WireResponse;
}

/**
 * Sends the call.
 * A retry sees the state changed by the first attempt: the service then returns 409, or 412 because the first
 * attempt changed the ETag. So after a retry, and after 5xx or a lost connection, the job is read before
 * anything is reported.
 * @param hasTakenEffect reads the job and returns whether it is as the call would leave it; an error counts as unknown
 * @throws ApiError if the service refused; TransportError if it is unknown whether the call was carried out
 */
export const sendChange = async (
  wire: Wire,
  call: AzureCall,
  endpoint: Endpoint,
  signal: AbortSignal,
  hasTakenEffect: () => Promise<boolean>,
): Promise<ChangeResult> => {
  const sent = await wire.send(call, endpoint, signal).catch((error: unknown) => {
    if (error instanceof TransportError && error.mayHaveExecuted) return error;
    throw error;
  });
  if (!(sent instanceof TransportError) && sent.status === 202) return { answer: sent };
  const failure = sent instanceof TransportError ? sent : failureOf(call.action, sent, wire.now());
  const isOpen =
    sent instanceof TransportError ||
    sent.status >= 500 ||
    (sent.attempts > 1 && [409, 412].includes(sent.status));
  if (!isOpen) throw failure;
  const tookEffect = await hasTakenEffect().catch(() => undefined);
  signal.throwIfAborted();
  if (tookEffect === true) return {};
  if (failure instanceof ApiError && tookEffect === false) throw failure;
  throw new TransportError(
    tookEffect === false
      ? `${failure.message} The job was read afterwards and had not changed; the call may still arrive.`
      : `${failure.message} The job could not be read to determine the outcome.`,
    true,
    failure.requestId === undefined ? {} : { requestId: failure.requestId },
  );
};
