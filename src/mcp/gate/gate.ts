/** The gate: whether a call that destroys may be sent. It fails closed, and says how it decided. */
import type { Caller, Elicitor, FormAnswer } from '../contract/caller.ts';
import type { ConfirmPolicy, Decision, DecisionReason } from '../contract/decision.ts';
import type { Fields, Preview, ToolContext, ToolGate } from '../contract/tool.ts';
import type { SavedUndo } from '../undo/save-undo.ts';
import { createExpiring } from './expiring.ts';
import { createQuestions } from './pending-forms.ts';
import { hasGrown, personTextOf, previewAnswerOf, refusalOf } from './preview-text.ts';

export interface GateRequest {
  readonly tool: string;
  readonly gate: ToolGate;
  readonly fields: Fields;
  readonly confirm: boolean;
  readonly code: string | undefined;
  /** From `digestOf`: what a yes is bound to. */
  readonly digest: string;
  readonly context: ToolContext;
  readonly caller: Caller;
  /** Keeps what would bring the target back. */
  readonly saveUndo: (preview: Preview) => Promise<SavedUndo | undefined>;
}

export interface GateOptions {
  readonly policy: ConfirmPolicy;
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

export interface Gate {
  decide(request: GateRequest): Promise<Decision>;
}

// Long enough for a person to come back to the screen, short enough that the state shown is still the state.
export const codeLifetime = 600_000;
// A refusal outlives the model's next attempts, and not a person's change of mind.
const blockLifetime = 600_000;

interface Shown {
  readonly digest: string;
  readonly fields: Fields;
  readonly preview: Preview;
}

/**
 * Creates the gate. In this order:
 * 1. The call cannot destroy anything, or the operator switched the gate off: go.
 * 2. The same call was refused by a person less than ten minutes ago: refuse.
 * 3. No `confirm: true`: answer with a preview and a code.
 * 4. The client can ask a person and the policy lets it: ask. Only the typed id counts.
 * 5. The policy wants a person and the client cannot ask: refuse.
 * 6. `confirm: true` with a code that was given for this very call and not used yet: go.
 * Before 4 and 6 go, the target is read again; if it changed, the answer is a fresh preview.
 */
export const createGate = ({ policy, now, random }: GateOptions): Gate => {
  const codes = createExpiring<Shown>(codeLifetime, now);
  const blocked = createExpiring<true>(blockLifetime, now);
  const questions = createQuestions<Shown>({ now, random });
  // A code is worth as much as the yes it stands for: 128 bits cannot be guessed in ten minutes.
  const newCode = (): string => Buffer.from(random(16)).toString('base64url');

  const showPreview = async (
    request: GateRequest,
    how: DecisionReason,
    note: string,
    known?: Preview,
  ): Promise<Decision> => {
    const preview = known ?? (await request.gate.preview(request.fields, request.context));
    const code = policy === 'ask' ? undefined : newCode();
    if (code !== undefined) {
      codes.put(code, { digest: request.digest, fields: request.fields, preview });
    }
    const isAsked = canAsk(request.caller.asker);
    const undo = await request.saveUndo(preview);
    return {
      outcome: 'stop',
      how,
      answer: previewAnswerOf({ tool: request.tool, gate: request.gate, preview, code, isAsked, note, undo }),
    };
  };

  const canAsk = (asker: Elicitor | undefined): asker is Elicitor => asker !== undefined && policy !== 'flag';

  /** The target once more, just before sending. */
  const goIfUnchanged = async (
    request: GateRequest,
    shown: Shown,
    how: DecisionReason,
  ): Promise<Decision> => {
    const fresh = await request.gate.preview(shown.fields, request.context);
    // The same call may have been asked about twice at once: a "no" to either is final for both.
    if (blocked.get(request.digest)) {
      return { outcome: 'stop', how: 'blocked', answer: refusalOf(request.tool, 'blocked') };
    }
    if (hasGrown(shown.preview, fresh)) {
      return showPreview(request, 'target_changed', 'The target has changed since the preview.', fresh);
    }
    return { outcome: 'go', how, fields: shown.fields, preview: fresh };
  };

  const settle = async (request: GateRequest, shown: Shown, answer: FormAnswer): Promise<Decision> => {
    if (answer.action === 'accept' && isTyped(answer.id, shown.preview.typed)) {
      return goIfUnchanged(request, shown, 'asked');
    }
    blocked.put(request.digest, true);
    const how = reasonOf(answer);
    return { outcome: 'stop', how, answer: refusalOf(request.tool, how) };
  };

  const ask = async (request: GateRequest, asker: Elicitor): Promise<Decision> => {
    if (asker.kind === 'rounds' && asker.reply !== undefined) {
      const shown = questions.take(asker.reply.state, request.digest);
      if (shown === undefined) {
        return { outcome: 'stop', how: 'bad_state', answer: refusalOf(request.tool, 'bad_state') };
      }
      return settle(request, shown, asker.reply.answer);
    }
    const preview = await request.gate.preview(request.fields, request.context);
    const shown: Shown = { digest: request.digest, fields: request.fields, preview };
    const message = personTextOf(request.tool, request.gate, preview);
    if (asker.kind === 'rounds') {
      const state = questions.open(request.digest, shown);
      return { outcome: 'ask', how: 'asking', message, typed: preview.typed, state };
    }
    const answer = await asker.ask({ message, typed: preview.typed }, request.context.signal);
    request.context.signal.throwIfAborted();
    return settle(request, shown, answer);
  };

  const decide = async (request: GateRequest): Promise<Decision> => {
    const { fields, context, caller, tool } = request;
    if (policy === 'none') return { outcome: 'go', how: 'policy_none', fields };
    if (!(await request.gate.isNeeded(fields, context))) {
      return { outcome: 'go', how: 'not_required', fields };
    }
    if (blocked.get(request.digest)) {
      return { outcome: 'stop', how: 'blocked', answer: refusalOf(tool, 'blocked') };
    }
    if (!request.confirm) return showPreview(request, 'preview', '');
    if (canAsk(caller.asker)) return ask(request, caller.asker);
    if (policy === 'ask') {
      return { outcome: 'stop', how: 'cannot_ask', answer: refusalOf(tool, 'cannot_ask') };
    }
    if (request.code === undefined) {
      return showPreview(request, 'preview', 'confirm counts only together with the code of a preview.');
    }
    // Taken before anything is awaited or sent: two calls with one code cannot both pass.
    const shown = codes.take(request.code);
    if (shown === undefined || shown.digest !== request.digest) {
      return showPreview(
        request,
        'preview',
        'That code is unknown, used, older than ten minutes, or was given for another call.',
      );
    }
    return goIfUnchanged(request, shown, 'preview_code');
  };

  return { decide };
};

/** What was typed means yes only if it is the id itself; spaces around it are a person's. */
const isTyped = (id: unknown, typed: string): boolean => typeof id === 'string' && id.trim() === typed;

const reasonOf = (answer: FormAnswer): DecisionReason => {
  switch (answer.action) {
    case 'accept':
      return 'wrong_text';
    case 'decline':
      return 'declined';
    case 'cancel':
      return 'cancelled';
    case 'failed':
      return 'not_shown';
    default:
      return answer satisfies never;
  }
};
