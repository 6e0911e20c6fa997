/** Refusals of the gate: why a call was not confirmed, and what the user or the operator can do. */
import type { ElicitationResult } from '../contract/caller.ts';
import type { DecisionReason } from '../contract/decision.ts';
import type { ToolAnswer } from '../contract/tool.ts';
import { stopAndAsk } from '../render/error-answer.ts';

type RefusalReason = Extract<
  DecisionReason,
  'declined' | 'cancelled' | 'wrong_text' | 'not_shown' | 'blocked' | 'bad_state' | 'cannot_ask'
>;

export interface Refusal {
  readonly reason: RefusalReason;
  /** How long after the form was sent the answer came, in milliseconds. */
  readonly afterMs?: number;
  /** Of `not_shown`: why. */
  readonly cause?: 'unsupported' | 'timeout' | 'error';
  /** Of `blocked`: the refusal that blocks the call. */
  readonly earlier?: Refusal;
}

/** No user reads a form and decides in less time, so the client answered it. */
const minReadingMs = 1_000;

/** @param afterMs how long after the form was sent the answer came */
export const refusalOf = (result: ElicitationResult, afterMs: number): Refusal => {
  switch (result.action) {
    case 'accept':
      return { reason: 'wrong_text', afterMs };
    case 'decline':
      return { reason: 'declined', afterMs };
    case 'cancel':
      return { reason: 'cancelled', afterMs };
    case 'failed':
      return { reason: 'not_shown', afterMs, cause: result.cause };
    default:
      return result satisfies never;
  }
};

/** The outcome of the form in one sentence. */
const sentenceOf = (refusal: Refusal): string => {
  const { reason, afterMs = Number.POSITIVE_INFINITY } = refusal;
  if (isAnsweredByClient(refusal)) return clientSentenceOf(reason, afterMs);
  switch (reason) {
    case 'declined':
      return 'The user declined';
    case 'cancelled':
      return 'The user closed the confirmation form without an answer';
    case 'wrong_text':
      return 'The text that was typed is not the confirmation text';
    case 'not_shown':
      return notShownSentenceOf(refusal);
    case 'blocked':
      return `This call was refused less than ten minutes ago (${refusal.earlier ? sentenceOf(refusal.earlier) : 'by the user'})`;
    case 'bad_state':
      return 'This answer belongs to no open confirmation form';
    case 'cannot_ask':
      return 'This server accepts only a confirmation by the user, and this client cannot ask the user';
    default:
      return reason satisfies never;
  }
};

const clientSentenceOf = (reason: RefusalReason, afterMs: number): string => {
  const verb =
    reason === 'declined'
      ? 'declined the confirmation form'
      : reason === 'cancelled'
        ? 'cancelled the confirmation form'
        : 'accepted the confirmation form without the confirmation text';
  return `The client ${verb} after ${Math.round(afterMs)} ms, too fast for a user to have read it: it answered without asking the user`;
};

const notShownSentenceOf = ({ cause }: Refusal): string => {
  switch (cause) {
    case 'unsupported':
      return 'The client declares that it can show forms, but could not show the confirmation form (method not found)';
    case 'timeout':
      return 'The confirmation form was not answered in time';
    default:
      return 'The client could not show the confirmation form';
  }
};

const isAnsweredByClient = ({ reason, afterMs = Number.POSITIVE_INFINITY }: Refusal): boolean =>
  afterMs < minReadingMs && (reason === 'declined' || reason === 'cancelled' || reason === 'wrong_text');

/** Whether another client setting would have let the user decide. */
const needsOperator = (refusal: Refusal): boolean =>
  isAnsweredByClient(refusal) ||
  refusal.reason === 'not_shown' ||
  refusal.reason === 'cannot_ask' ||
  (refusal.earlier !== undefined && needsOperator(refusal.earlier));

/** Only the operator can change the policy: it is a setting of the server's start. */
const operatorHint =
  'Tell the user: for a client that does not show forms to the user, the operator can start the server with --confirm flag; a destructive call then needs the code of its preview instead of a form.';

/** The refusal in one line. */
export const refusalTextOf = (tool: string, refusal: Refusal): string =>
  `${sentenceOf(refusal)}. ${tool} was not sent.`;

/** The answer to a call that was not confirmed. */
export const refusalAnswerOf = (tool: string, refusal: Refusal): ToolAnswer => {
  const isFirst =
    refusal.reason !== 'blocked' && refusal.reason !== 'bad_state' && refusal.reason !== 'cannot_ask';
  const finality = isFirst ? 'This is final: the same call is refused for ten minutes. ' : '';
  return {
    summary: refusalTextOf(tool, refusal),
    fields: {
      error: 'ConfirmationError',
      decision: refusal.reason,
      ...(refusal.afterMs !== undefined && { answeredAfterMs: Math.round(refusal.afterMs) }),
    },
    next: [`${finality}${stopAndAsk}`, ...(needsOperator(refusal) ? [operatorHint] : [])],
    isError: true,
  };
};
