/** The gate: whether a destructive call may be sent. It fails closed, and records how it decided. */

import { createExpiringMap, type ExpiringMap } from '../../shared/expiring-map.ts';
import type { Random } from '../../shared/random.ts';
import type { ElicitationResult, Elicitor } from '../contract/caller.ts';
import type { ConfirmPolicy, DecisionReason } from '../contract/decision.ts';
import type { Fields, Inspection, Preview } from '../contract/tool.ts';
import {
  checkOfConfirmed,
  checkOfUnconfirmed,
  refusedBefore,
  type TargetChangedError,
} from './before-send.ts';
import type { ApprovedTarget, GateDecision, GateRequest, RecordedCalls, StopDecision } from './decision.ts';
import { createPendingForms, type PendingForms } from './pending-forms.ts';
import { formTextOf, isSendable, previewAnswerOf } from './preview-text.ts';
import { type Refusal, refusalAnswerOf, refusalOf } from './refusal.ts';

export interface GateOptions {
  readonly policy: ConfirmPolicy;
  readonly now: () => number;
  readonly random: Random;
}

export type { ApprovedTarget, GateDecision, GateRequest, GoDecision, RecordedCalls } from './decision.ts';

export interface Gate {
  authorize(request: GateRequest): Promise<GateDecision>;
  /** The preview after `beforeSend` found that the target has changed. */
  showChanged(request: GateRequest, changed: TargetChangedError): Promise<StopDecision>;
  /** What was recorded with a preview or a form that is still open; it stays open. */
  recall(open: {
    readonly code?: string | undefined;
    readonly state?: string | undefined;
  }): RecordedCalls | undefined;
}

// Long enough for a user to return to the screen, short enough that the previewed state is probably still current.
const codeTtlMs = 600_000;
// A refusal outlasts the model's next attempts, but not a user's change of mind.
const refusalTtlMs = 600_000;
// A client that floods the server with previews drops its own oldest codes, and does not exhaust the memory.
const maxEntries = 1_000;

/** What was shown, and for which call. */
interface Shown {
  readonly digest: string;
  readonly fields: Fields;
  readonly preview: Preview;
  readonly recorded?: RecordedCalls | undefined;
  /** When the user was asked, in milliseconds. */
  readonly askedAt: number;
}

type Reply = NonNullable<Extract<Elicitor, { readonly kind: 'multi-round' }>['reply']>;

interface GateState extends GateOptions {
  readonly previewCodes: ExpiringMap<Shown>;
  /** Recorded calls under codes that confirm nothing: the user is asked. */
  readonly recordings: ExpiringMap<Shown>;
  readonly refusals: ExpiringMap<Refusal>;
  readonly forms: PendingForms<Shown>;
}

/**
 * Creates the gate. In this order:
 * 1. The operator switched the gate off: go.
 * 2. The call brings the reply to a form: the reply decides. Only the confirmation text counts.
 * 3. The call cannot destroy anything: go.
 * 4. The same call was refused less than ten minutes ago: refuse.
 * 5. No `confirm: true`: answer with a preview, with a code where one can confirm the call.
 * 6. The policy allows it and the client can ask the user: ask; where the inspection finds nothing to do, return that preview.
 * 7. The policy demands the user and the client cannot ask: refuse.
 * 8. `confirm: true` with an unused code of a preview of this very call: go. Any other code: answer with a preview.
 * A decision to go carries `beforeSend`, which inspects the target again when the rate permit is held.
 */
export const createGate = (options: GateOptions): Gate => {
  const { now } = options;
  const state: GateState = {
    ...options,
    previewCodes: createExpiringMap<Shown>({ ttlMs: codeTtlMs, max: maxEntries, now }),
    recordings: createExpiringMap<Shown>({ ttlMs: codeTtlMs, max: maxEntries, now }),
    refusals: createExpiringMap<Refusal>({ ttlMs: refusalTtlMs, max: maxEntries, now }),
    forms: createPendingForms<Shown>(options),
  };
  return {
    authorize: (request) => authorize(request, state),
    showChanged: (request, { inspection }) =>
      showPreview(request, state, 'target_changed', 'The target has changed since the preview.', inspection),
    recall: ({ code = '', state: form }) =>
      (form === undefined
        ? (state.previewCodes.get(code) ?? state.recordings.get(code))
        : state.forms.peek(form)
      )?.recorded,
  };
};

const authorize = async (request: GateRequest, state: GateState): Promise<GateDecision> => {
  const { fields, context, caller, gate } = request;
  if (state.policy === 'none') return { outcome: 'go', reason: 'policy_none', fields };
  // Before `isNeeded`: a user who declines is obeyed also where the call would by now destroy nothing.
  const reply = replyOf(request, state);
  if (reply) return settleReply(request, reply, state);
  if (gate.isNeeded && !(await gate.isNeeded(fields, context))) return goUnconfirmed(request);
  const refused = refusedBefore(request.digest, state.refusals);
  if (refused) return stop(request, refused);
  if (!request.confirm) return showPreview(request, state, 'preview', '');
  if (canAsk(caller.elicitor, state)) return ask(request, caller.elicitor, state);
  if (state.policy === 'ask') return stop(request, { reason: 'cannot_ask' });
  return acceptCode(request, state);
};

/** A code is taken before anything is awaited or sent: two calls with one code cannot both pass. */
const acceptCode = async (request: GateRequest, state: GateState): Promise<GateDecision> => {
  if (request.previewCode === undefined) {
    const note = 'confirm is valid only together with the code of a preview.';
    return showPreview(request, state, 'preview', note);
  }
  const shown = state.previewCodes.take(request.previewCode);
  if (shown?.digest === request.digest) return go(request, shown, 'preview_code', state);
  const note = 'That code is unknown, used, expired (after ten minutes), or of another call.';
  return showPreview(request, state, 'preview', note);
};

const canAsk = (elicitor: Elicitor | undefined, { policy }: GateState): elicitor is Elicitor =>
  elicitor !== undefined && policy !== 'flag';

/** The reply to a form that the same call was answered with. */
const replyOf = ({ confirm, caller }: GateRequest, state: GateState): Reply | undefined =>
  confirm && canAsk(caller.elicitor, state) && caller.elicitor.kind === 'multi-round'
    ? caller.elicitor.reply
    : undefined;

const settleReply = (request: GateRequest, reply: Reply, state: GateState): GateDecision => {
  const shown = state.forms.take(reply.state, request.digest);
  if (shown === undefined) return stop(request, { reason: 'bad_state' });
  return settle(request, shown, reply.result, state);
};

const stop = (request: GateRequest, refusal: Refusal): GateDecision => ({
  outcome: 'stop',
  reason: refusal.reason,
  answer: refusalAnswerOf(request.tool, refusal),
});

const showPreview = async (
  request: GateRequest,
  state: GateState,
  reason: DecisionReason,
  note: string,
  known?: Inspection,
): Promise<StopDecision> => {
  const { tool, gate, fields, context, caller } = request;
  const preview = await previewOf(known ?? (await gate.inspect(fields, context)));
  const isNothingToDo = preview.nothingToDo !== undefined;
  const isAsked = state.policy === 'ask' || canAsk(caller.elicitor, state);
  const isRecorded = request.recorded !== undefined;
  const code = isNothingToDo || (isAsked && !isRecorded) ? undefined : newCode(state.random);
  const codes = isAsked ? state.recordings : state.previewCodes;
  if (code !== undefined) codes.set(code, shownBy(request, preview, state));
  const undo = isNothingToDo ? undefined : await request.saveUndo(preview);
  const answer = previewAnswerOf({ tool, gate, preview, code, note, undo, isRecorded, isAsked });
  return { outcome: 'stop', reason: isNothingToDo ? 'nothing_to_do' : reason, answer };
};

const shownBy = ({ digest, fields, recorded }: GateRequest, preview: Preview, { now }: GateState): Shown => ({
  digest,
  fields,
  preview,
  recorded,
  askedAt: now(),
});

const go = (
  request: GateRequest,
  { fields, preview }: Shown,
  reason: DecisionReason,
  { refusals }: GateState,
): GateDecision => {
  const { gate, contextWith, digest } = request;
  const targets = preview.targets?.map((target): ApprovedTarget => {
    const { action, input } = target.call;
    const ownGate = gate.gateOf?.(target.call);
    if (ownGate === undefined || target.preview === undefined || !isSendable(target)) return target;
    const call = { tool: action, gate: ownGate, fields: input, contextWith };
    return { ...target, beforeSend: checkOfConfirmed(call, target.preview, digest, refusals) };
  });
  if (targets) return { outcome: 'go', reason, fields, preview, targets };
  const beforeSend = checkOfConfirmed({ ...request, fields }, preview, digest, refusals);
  return { outcome: 'go', reason, fields, preview, beforeSend };
};

const goUnconfirmed = (request: GateRequest): GateDecision => ({
  outcome: 'go',
  reason: 'not_required',
  fields: request.fields,
  beforeSend: checkOfUnconfirmed(request),
});

const ask = async (request: GateRequest, elicitor: Elicitor, state: GateState): Promise<GateDecision> => {
  const inspection = await request.gate.inspect(request.fields, request.context);
  if (inspection.nothingToDo !== undefined) {
    return showPreview(request, state, 'nothing_to_do', '', inspection);
  }
  const preview = await previewOf(inspection);
  const { confirmationText } = preview;
  const message = formTextOf(request.tool, request.gate, preview);
  const shown = shownBy(request, preview, state);
  if (elicitor.kind === 'multi-round') {
    const id = state.forms.open(request.digest, shown);
    return { outcome: 'ask', reason: 'asking', message, confirmationText, state: id };
  }
  const result = await elicitor.elicit({ message, confirmationText }, request.context.signal);
  request.context.signal.throwIfAborted();
  return settle(request, shown, result, state);
};

/** A refusal is final for this call for ten minutes, also for equal calls that are open now. */
const settle = (
  request: GateRequest,
  shown: Shown,
  result: ElicitationResult,
  state: GateState,
): GateDecision => {
  if (result.action === 'accept' && isConfirmed(result.typedText, shown.preview)) {
    const refused = refusedBefore(request.digest, state.refusals);
    if (refused) return stop(request, refused);
    return takeRecording(request, state)
      ? go(request, shown, 'asked', state)
      : stop(request, { reason: 'bad_state' });
  }
  const refusal = refusalOf(result, state.now() - shown.askedAt);
  state.refusals.set(request.digest, refusal);
  return stop(request, refusal);
};

/** Everything a preview shows, read once. */
const previewOf = async (inspection: Inspection): Promise<Preview> => {
  const { consequences, recipe, ...read } = inspection;
  const sentences = await consequences();
  const isDone = inspection.nothingToDo !== undefined;
  return { ...read, consequences: sentences, ...(recipe && !isDone && { recipe: await recipe() }) };
};

/** Calls that were recorded under a code are sent once. */
const takeRecording = ({ recorded, previewCode }: GateRequest, { recordings }: GateState): boolean =>
  recorded === undefined || previewCode === undefined || recordings.take(previewCode) !== undefined;

/** Confirms by the text itself; spaces around it are accepted. */
const isConfirmed = (id: unknown, { confirmationText }: Preview): boolean =>
  typeof id === 'string' && id.trim() === confirmationText;

/**
 * A code grants as much as a user's confirmation: 128 bits cannot be guessed in ten minutes. Letters and digits only,
 * so that it is safe on a command line.
 */
const newCode = (random: GateOptions['random']): string =>
  BigInt(`0x${Buffer.from(random(16)).toString('hex')}`).toString(36);
