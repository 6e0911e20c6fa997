/** A preview in words: for the assistant, for the person, and whether it is still true. */

import type { DecisionReason } from '../contract/decision.ts';
import type { Preview, ToolAnswer, ToolGate } from '../contract/tool.ts';
import { stopAndAsk } from '../render/error-answer.ts';
import { cleanText } from '../render/untrusted.ts';
import type { SavedUndo } from '../undo/save-undo.ts';

export interface PreviewAnswer {
  readonly tool: string;
  readonly gate: ToolGate;
  readonly preview: Preview;
  /** Absent where the operator lets only a person's answer count. */
  readonly code: string | undefined;
  /** Whether `confirm: true` will ask the person. */
  readonly isAsked: boolean;
  /** Why this is a preview again. */
  readonly note: string;
  /** The recipe, masked, and where it was saved. */
  readonly undo: SavedUndo | undefined;
}

/** The answer to a call that was not confirmed. */
export const previewAnswerOf = ({
  tool,
  gate,
  preview,
  code,
  isAsked,
  note,
  undo,
}: PreviewAnswer): ToolAnswer => ({
  summary: `Nothing was sent. ${note === '' ? '' : `${note} `}This is what ${tool} would do.`,
  fields: {
    preview: {
      ...(code !== undefined && { code }),
      target: preview.target,
      warning: gate.warning,
      state: preview.state,
      impact: preview.impact,
      consequences: preview.consequences,
      undo: preview.undo,
      ...(undo && { recipe: { tool: undo.recipe.tool, saved: undo.uri, missing: undo.recipe.missing } }),
    },
  },
  next: [
    isAsked || code === undefined
      ? `If the user wants this, call ${tool} again with the same arguments and confirm: true; the user is then asked and types ${JSON.stringify(preview.typed)}.`
      : `Show this to the user. Only if they agree, call ${tool} again with the same arguments, confirm: true and preview: "${code}" (valid for ten minutes, once).`,
    'If they do not agree, stop; do not look for another way to do it.',
  ],
  // What was asked for was not done, and clients show a model the text of errors whole.
  isError: true,
});

/** What a person reads before typing the id. */
export const personTextOf = (tool: string, gate: ToolGate, preview: Preview): string =>
  [
    `${tool}: ${preview.target}`,
    gate.warning,
    ...preview.consequences.map((line) => `- ${line}`),
    preview.undo,
    `To go on, type ${preview.typed}. Anything else, and nothing is done.`,
  ]
    // A name that somebody else chose must not look like a line of ours.
    .map((line) => cleanText(line).replaceAll('\n', ' '))
    .join('\n');

/** Whether a preview no longer holds: another state, or more to lose than was shown. */
export const hasGrown = (shown: Preview, fresh: Preview): boolean => {
  const keys = new Set([...Object.keys(shown.state), ...Object.keys(fresh.state)]);
  const isOther = [...keys].some((key) => shown.state[key] !== fresh.state[key]);
  const isMore = Object.entries(fresh.impact).some(([key, count]) => count > (shown.impact[key] ?? 0));
  return isOther || isMore;
};

const refusals: { readonly [R in DecisionReason]?: string } = {
  declined: 'The user said no',
  cancelled: 'The user closed the question without an answer',
  not_shown: 'The question could not be shown, or nobody answered it',
  wrong_text: 'What was typed is not the id',
  blocked:
    'This call was declined, answered with something else than the id, or its question could not be shown, less than ten minutes ago',
  bad_state: 'This answer belongs to no open question',
  cannot_ask: 'This server lets only a person confirm, and this client cannot ask one',
};

/** The answer to a call that nobody agreed to. */
export const refusalOf = (tool: string, how: DecisionReason): ToolAnswer => ({
  summary: `${refusals[how] ?? 'Nobody agreed'}. ${tool} was not sent.`,
  fields: { error: 'ConfirmationError', decision: how },
  next: [
    how === 'blocked' || how === 'bad_state' || how === 'cannot_ask'
      ? stopAndAsk
      : `This is final for this call, and the same call is refused for ten minutes. ${stopAndAsk}`,
  ],
  isError: true,
});
