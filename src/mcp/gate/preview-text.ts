/** A preview in words, for the assistant and for the user, and whether it is still valid. */
import { phaseOf } from '../../catalogue/job-states.ts';
import type { Inspection, Preview, TargetPreview, ToolAnswer, ToolGate } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { cleanText } from '../render/untrusted.ts';
import type { SavedUndo } from '../undo/save-undo.ts';

export interface PreviewAnswer {
  readonly tool: string;
  readonly gate: ToolGate;
  readonly preview: Preview;
  /** Absent where there is nothing to do, and where the user is asked by a form, unless calls are recorded under it. */
  readonly code: string | undefined;
  /** Whether the user is asked by a form. */
  readonly isAsked: boolean;
  /** Why this is a preview again. */
  readonly note: string;
  /** The masked recipe, and where it was saved. */
  readonly undo: SavedUndo | undefined;
  /** Whether the confirming call names the code alone: the calls are stored with it. */
  readonly isRecorded: boolean;
}

/** Whether a call of a list would be sent: its target could be read, and there is something to do. */
export const isSendable = ({ preview }: TargetPreview): boolean =>
  preview !== undefined && preview.nothingToDo === undefined;

/** The answer to a call that was not confirmed. */
export const previewAnswerOf = (shown: PreviewAnswer): ToolAnswer => {
  const { tool, gate, preview, code, note, undo } = shown;
  const { nothingToDo, targets } = preview;
  const reason = note === '' ? '' : `${note} `;
  return {
    summary:
      nothingToDo === undefined
        ? `Nothing was sent. ${reason}This is what ${targets ? summaryOf(targets) : tool} would do.`
        : `Nothing was sent. ${reason}${nothingToDo}`,
    fields: {
      preview: {
        ...(code !== undefined && { code }),
        target: preview.target,
        ...(nothingToDo === undefined && { warning: gate.warning }),
        state: preview.state,
        impact: preview.impact,
        [targets ? 'targets' : 'consequences']: preview.consequences,
        undo: preview.undo,
        ...(targets && recipesOf(targets)),
        ...(undo && {
          recipe: { tool: undo.recipe.tool, saved: undo.uri, recipeLacks: undo.recipe.missing },
        }),
      },
    },
    next: nothingToDo === undefined ? confirmationStepsOf(shown) : [],
    // The request was not carried out, and clients show a model the text of errors in full.
    isError: true,
  };
};

/** `TerminateJob for 9 targets, DeleteJob for 2`. */
const summaryOf = (targets: readonly TargetPreview[]): string => {
  const counts = new Map<string, number>();
  for (const { call } of targets.filter(isSendable))
    counts.set(call.action, (counts.get(call.action) ?? 0) + 1);
  return [...counts].map(([action, count]) => `${action} for ${counted(count, 'target')}`).join(' and ');
};

/** What the undo recipes of a list lack; they are saved when the calls are sent. */
const recipesOf = (targets: readonly TargetPreview[]) => {
  const recipes = targets.flatMap(({ preview }) => preview?.recipe ?? []);
  if (recipes.length === 0) return {};
  const missing = [...new Set(recipes.flatMap((recipe) => recipe.missing))];
  const lacks = missing.length === 0 ? '' : `; the recipes lack ${missing.join(', ')}`;
  return { recipes: `one for each of ${recipes.length}, saved before it is sent${lacks}` };
};

const confirmationStepsOf = ({ tool, preview, code, isAsked, isRecorded }: PreviewAnswer) => {
  const parts = [
    ...(isRecorded ? [] : ['the same arguments']),
    'confirm: true',
    ...(code === undefined ? [] : [`preview: "${code}"`]),
  ];
  const again = `call ${tool} again with ${parts.join(', ').replace(/, ([^,]*)$/, ' and $1')}`;
  const validity = `valid for ten minutes, once${isRecorded ? '; nothing runs again' : ''}`;
  return [
    isAsked
      ? `If the user wants this, ${again}; the user is then asked and types ${JSON.stringify(preview.confirmationText)}.`
      : `Show this to the user. Only if they agree, ${again} (${validity}).`,
    'If they do not agree, stop; do not look for another way to do it.',
  ];
};

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

/** What has changed since a preview: `JobState RUNNING → SUCCEED`. */
export const changesOf = (shown: Preview, fresh: Pick<Inspection, 'state' | 'impact'>): string => {
  const states = Object.entries(fresh.state).filter(([key, value]) => !isSameState(shown.state[key], value));
  const counts = Object.entries(fresh.impact).filter(([key, count]) => count > (shown.impact[key] ?? 0));
  return [
    ...states.map(([key, value]) => `${key} ${shown.state[key] || 'none'} → ${value || 'none'}`),
    ...counts.map(([key, count]) => `${key} ${shown.impact[key] ?? 0} → ${count}`),
  ].join(', ');
};

/** An instance that moves from STARTING to RUNNING is as much to lose as before. */
const isSameState = (shown: string | undefined, fresh: string | undefined): boolean =>
  shown !== undefined && fresh !== undefined && phaseOf(shown) === phaseOf(fresh);
