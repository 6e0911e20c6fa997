/** The result of a call of one or more requests: done, done by an earlier request, or unknown. */
import { type ActionName, actions } from '../../catalogue/index.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import { createExpiringMap, type ExpiringMap } from '../../shared/expiring-map.ts';
import { type Operation, outcomeUnknown } from '../failures.ts';
import { keyOf, type RecordedRequest, type RequestKey } from '../idempotency/idempotency-store.ts';
import type { ResponseFields } from '../wire.ts';
import { mayHaveExecutedDespite } from './retry-policy.ts';
import type { Outcome } from './send-with-retry.ts';

/** Calls that terminate or delete something and whose response was lost, so that a later "not found" can be explained. */
export type LostTerminations = ExpiringMap<true>;

/** A day, as for unresolved creations; a thousand is more than any session has. */
export const createLostTerminations = (now: () => number): LostTerminations =>
  createExpiringMap<true>({ ttlMs: 24 * 3600_000, max: 1000, now });

export interface ResolveContext {
  readonly action: ActionName;
  readonly operation: Operation;
  /** Equal for equal calls. */
  readonly key: RequestKey;
  readonly recorded: RecordedRequest | undefined;
  readonly lostTerminations: LostTerminations;
}

export interface Resolved {
  readonly value: ResponseFields;
  readonly notices: readonly string[];
}

/**
 * @returns the value of the call, with what the caller has to know about it
 * @throws the error that ended it, or an error saying that an earlier request may have been carried out
 */
export const resolveOutcome = async (outcome: Outcome, context: ResolveContext): Promise<Resolved> => {
  const { action, operation, key, recorded, lostTerminations } = context;
  const terminates = isTermination(action);
  const mayHaveExecutedEarlier = terminates && lostTerminations.take(keyOf(key)) === true;
  if (outcome.kind === 'value') {
    await recorded?.complete();
    return { value: outcome.value, notices: resumedNoticesOf(action, recorded) };
  }
  const { mayHaveExecuted } = outcome;
  if (outcome.kind === 'already-done') return probablyDone(action, 'has ended or is gone', undefined);
  const { error } = outcome;
  if (recorded && (mayHaveExecuted || recorded.resumedFrom !== undefined)) await recorded.markUnresolved();
  else await recorded?.complete();
  if ((mayHaveExecuted || mayHaveExecutedEarlier) && isAlreadyDone(action, error)) {
    return probablyDone(action, `is refused with ${error.code}`, error.requestId);
  }
  if (terminates && mayHaveExecuted) lostTerminations.set(keyOf(key), true);
  throw withToken(mayHaveExecuted ? unconfirmedError(operation, error) : error, recorded?.token);
};

const probablyDone = (action: ActionName, state: string, requestId: string | undefined): Resolved => ({
  value: { RequestId: requestId },
  notices: [
    `${action} was probably carried out by an earlier request (no response, or an internal error): the target now ${state}. Read the state to be sure.`,
  ],
});

const resumedNoticesOf = (action: ActionName, recorded: RecordedRequest | undefined): readonly string[] =>
  recorded?.resumedFrom === undefined
    ? []
    : [
        `An equal ${action} of ${new Date(recorded.resumedFrom).toISOString()} was never confirmed. This call carried the same ClientToken, so the service treats both as one: this is the only result. To create a second one on purpose, repeat the call.`,
      ];

const isTermination = (action: ActionName): boolean => alreadyDoneOf(action).length > 0;

const isAlreadyDone = (action: ActionName, error: unknown): error is ApiError =>
  error instanceof ApiError &&
  alreadyDoneOf(action).some((code) => error.code === code || error.code.startsWith(`${code}.`));

const alreadyDoneOf = (action: ActionName): readonly string[] => {
  const spec: { readonly alreadyDone?: readonly string[] } = actions[action];
  return spec.alreadyDone ?? [];
};

/** The last error alone would say that nothing was carried out, although an earlier request of this call may have been. */
const unconfirmedError = (operation: Operation, error: unknown): unknown => {
  if (!operation.changes || mayHaveExecutedDespite(error) || !(error instanceof Error)) return error;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  const what = `an earlier request may have been carried out (no response, or an internal error), and a further one failed (${error.message})`;
  return outcomeUnknown(operation, 'connection', what, { requestId });
};

/** The audit names the token also where the call failed. */
const withToken = (error: unknown, clientToken: string | undefined): unknown =>
  clientToken !== undefined && (error instanceof ApiError || error instanceof TransportError)
    ? Object.assign(error, { clientToken })
    : error;
