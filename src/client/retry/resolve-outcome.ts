/** What the end of a call means when requests of it were lost: done, done by an earlier one, or not known. */
import { ApiError } from '../../shared/errors.ts';
import type { Operation } from '../failures.ts';
import type { PendingRequest } from '../idempotency/idempotency-store.ts';
import { lostEarlierError, type Outcome } from './send-with-retry.ts';

/** Calls that end something and whose answer was lost, so that a later "not found" can be understood. */
export interface LostTerminations {
  add(key: string): void;
  /** @returns whether it was there; it is not afterwards */
  take(key: string): boolean;
}

/** Enough for any session; the oldest is forgotten first. */
const maxLostEnds = 1000;

export const createLostTerminations = (): LostTerminations => {
  const keys = new Set<string>();
  return {
    add: (key) => {
      keys.add(key);
      for (const oldest of keys) {
        if (keys.size <= maxLostEnds) break;
        keys.delete(oldest);
      }
    },
    take: (key) => keys.delete(key),
  };
};

export interface Conclusion {
  readonly subject: Operation;
  /** The same for equal calls. */
  readonly key: () => string;
  readonly claim: PendingRequest | undefined;
  readonly lostEnds: LostTerminations;
  readonly onNotice?: ((text: string) => void) | undefined;
}

type Value = Readonly<Record<string, unknown>>;

/**
 * @returns the value of the call
 * @throws whatever ended it, told so that it does not hide an earlier request that may have been carried out
 */
export const resolveOutcome = async (outcome: Outcome<Value>, about: Conclusion): Promise<Value> => {
  const { subject, claim, key, lostEnds, onNotice } = about;
  const ends = isEnd(subject.name);
  const wasLostEarlier = ends && lostEnds.take(key());
  if (outcome.ok) {
    await claim?.settle();
    if (claim?.resolves !== undefined) onNotice?.(resolvedText(subject.name, claim.resolves));
    return outcome.value;
  }
  const { error, wasLost } = outcome;
  if (claim && (wasLost || claim.resolves !== undefined)) await claim.leaveOpen();
  else await claim?.settle();
  if (ends) {
    if ((wasLost || wasLostEarlier) && isNothingLeft(subject.name, error)) {
      onNotice?.(
        `${subject.name} was probably done by the first request, whose answer was lost: the service now answers ${error.code}. Look at the state if it matters.`,
      );
      return { RequestId: error.requestId };
    }
    if (wasLost) lostEnds.add(key());
  }
  throw wasLost ? lostEarlierError(subject, error) : error;
};

const resolvedText = (action: string, at: number): string =>
  `An equal ${action} of ${new Date(at).toISOString()} was never confirmed. This call carried the same ClientToken, so the service takes both for one: what is reported here is the only one there is. To make a second one on purpose, call again.`;

const isEnd = (action: string): boolean => /^(Delete|Terminate|Detach)/.test(action);

/** Refusals that say that what was to be ended has ended, or is ending. */
const isNothingLeft = (action: string, error: unknown): error is ApiError => {
  if (!(error instanceof ApiError)) return false;
  const ending =
    action === 'TerminateJob' ? 'ResourceInUse.Job' : 'UnsupportedOperation.ComputeNodeIsTerminating';
  return /^ResourceNotFound(\.|$)/.test(error.code) || error.code === ending;
};
