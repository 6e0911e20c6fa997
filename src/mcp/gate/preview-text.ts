/** A preview in words, for the assistant and for the user, and whether it is still valid. */
import { phaseOf } from '../../catalogue/job-states.ts';
import type { Inspection, Preview, ToolAnswer, ToolGate } from '../contract/tool.ts';
import { cleanText } from '../render/untrusted.ts';
import type { SavedUndo } from '../undo/save-undo.ts';

export interface PreviewAnswer {
  readonly tool: string;
  readonly gate: ToolGate;
  readonly preview: Preview;
  /** Absent where the user is asked by a form, and where there is nothing to do. */
  readonly code: string | undefined;
  /** Why this is a preview again. */
  readonly note: string;
  /** The masked recipe, and where it was saved. */
  readonly undo: SavedUndo | undefined;
}

/** The answer to a call that was not confirmed. */
export const previewAnswerOf = ({ tool, gate, preview, code, note, undo }: PreviewAnswer): ToolAnswer => {
  const { nothingToDo } = preview;
  const reason = note === '' ? '' : `${note} `;
  return {
    summary:
      nothingToDo === undefined
        ? `Nothing was sent. ${reason}This is what ${tool} would do.`
        : `Nothing was sent. ${reason}${nothingToDo}`,
    fields: {
      preview: {
        ...(code !== undefined && { code }),
        target: preview.target,
        ...(nothingToDo === undefined && { warning: gate.warning }),
        state: preview.state,
        impact: preview.impact,
        consequences: preview.consequences,
        undo: preview.undo,
        ...(undo && {
          recipe: { tool: undo.recipe.tool, saved: undo.uri, missing: undo.recipe.missing },
        }),
      },
    },
    next: nothingToDo === undefined ? confirmationStepsOf(tool, preview, code) : [],
    // The request was not carried out, and clients show a model the text of errors in full.
    isError: true,
  };
};

const confirmationStepsOf = (tool: string, { confirmationText }: Preview, code: string | undefined) => [
  code === undefined
    ? `If the user wants this, call ${tool} again with the same arguments and confirm: true; the user is then asked and types ${JSON.stringify(confirmationText)}.`
    : `Show this to the user. Only if they agree, call ${tool} again with the same arguments, confirm: true and preview: "${code}" (valid for ten minutes, once).`,
  'If they do not agree, stop; do not look for another way to do it.',
];

/** What the user reads before typing the confirmation text. */
export const formTextOf = (tool: string, gate: ToolGate, preview: Preview): string =>
  [
    `${tool}: ${preview.target}`,
    gate.warning,
    ...preview.consequences.map((line) => `- ${line}`),
    preview.undo,
    `To confirm, type ${preview.confirmationText}. With anything else, nothing is sent.`,
  ]
    // A name that another user chose must not look like a line of ours.
    .map((line) => cleanText(line).replaceAll('\n', ' '))
    .join('\n');

/** Whether a preview is stale: the target is in another state, or there is more to lose than was shown. */
export const hasChanged = (shown: Preview, fresh: Pick<Inspection, 'state' | 'impact'>): boolean => {
  const keys = new Set([...Object.keys(shown.state), ...Object.keys(fresh.state)]);
  const isOther = [...keys].some((key) => !isSameState(shown.state[key], fresh.state[key]));
  const isMore = Object.entries(fresh.impact).some(([key, count]) => count > (shown.impact[key] ?? 0));
  return isOther || isMore;
};

/** An instance that moves from STARTING to RUNNING is as much to lose as before. */
const isSameState = (shown: string | undefined, fresh: string | undefined): boolean =>
  shown !== undefined && fresh !== undefined && phaseOf(shown) === phaseOf(fresh);
