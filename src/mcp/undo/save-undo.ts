/** The undo recipe of a call: saved before it is sent, named in its answer. */

import { isMasked } from '../../shared/mask-credentials.ts';
import type { CallTarget } from '../contract/call-target.ts';
import type { DecisionReason } from '../contract/decision.ts';
import type { Fields, Preview, Recipe, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { redact } from '../render/redact.ts';
import type { UndoStore } from './undo-store.ts';

export interface UndoServices {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly undo: UndoStore;
}

/** A call that may be sent. */
export interface ApprovedCall {
  readonly tool: Tool;
  readonly fields: Fields;
  readonly reason: DecisionReason;
  /** What was confirmed; absent where nothing had to be. */
  readonly preview?: Preview;
  readonly callTarget: CallTarget;
}

/** A recipe that was saved, masked, with its address. */
export interface SavedUndo {
  readonly uri: string;
  readonly recipe: Recipe;
}

/**
 * Saves a recipe, masked. What this program created itself is known completely, so that is preferred.
 * @param target what the call affects, in words
 */
export const saveUndo = async (
  tool: Tool,
  fields: Fields,
  target: string,
  recipe: Recipe,
  callTarget: CallTarget,
  { undo, tools }: UndoServices,
): Promise<SavedUndo | undefined> => {
  const created = await undo.recall(callTarget, targetIdOf(tool, fields));
  const best: Recipe = created?.tool === recipe.tool ? { ...created, missing: [] } : recipe;
  const { endpoint, region } = callTarget;
  const redacted = redact(best.arguments, tools.get(best.tool)?.input);
  const masked: Recipe = {
    ...best,
    arguments: { ...redacted, ...(region !== '' && { Region: region }) },
    missing: [...best.missing, ...maskedPathsOf(redacted)],
  };
  try {
    const uri = await undo.save({ before: tool.name, target, endpoint, region, recipe: masked });
    return { uri, recipe: masked };
  } catch {
    // A full disk must not prevent a user from terminating a job that costs money; the answer then names no address.
    return undefined;
  }
};

/** The masked values of a recipe, by path: they have to be entered again. */
const maskedPathsOf = (value: unknown, path = ''): readonly string[] => {
  if (typeof value === 'string') return isMasked(value) ? [`${path} (masked)`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    maskedPathsOf(part, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
  );
};

/** Saves the recipe that recreates what this call is about to destroy or overwrite. */
export const saveUndoRecipe = async (
  { tool, fields, reason, preview, callTarget }: ApprovedCall,
  context: ToolContext,
  services: UndoServices,
): Promise<SavedUndo | undefined> => {
  if (tool.recipe !== undefined) {
    const recipe = await tool.recipe(fields, context);
    return recipe && saveUndo(tool, fields, targetIdOf(tool, fields), recipe, callTarget, services);
  }
  const shown = preview ?? (reason === 'policy_none' ? await readRecipe(tool, fields, context) : undefined);
  return shown?.recipe && saveUndo(tool, fields, shown.target, shown.recipe, callTarget, services);
};

const targetIdOf = (tool: Tool, fields: Fields): string =>
  tool.targetArgument === undefined ? '' : String(fields[tool.targetArgument] ?? '');

/** Without a gate nothing was read yet. A target that cannot be read is left for the call itself to report. */
const readRecipe = async (
  tool: Tool,
  fields: Fields,
  context: ToolContext,
): Promise<Pick<Preview, 'target' | 'recipe'> | undefined> => {
  try {
    if (!tool.gate) return undefined;
    if (tool.gate.isNeeded && !(await tool.gate.isNeeded(fields, context))) return undefined;
    const { target, recipe } = await tool.gate.inspect(fields, context);
    return recipe && { target, recipe: await recipe() };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return undefined;
  }
};

/** Names the undo recipe in the answer. */
export const withUndo = (answer: ToolAnswer, undo: SavedUndo | undefined): ToolAnswer =>
  undo === undefined
    ? answer
    : {
        ...answer,
        fields: {
          ...answer.fields,
          undo: { saved: undo.uri, tool: undo.recipe.tool, recipeLacks: undo.recipe.missing },
        },
        next: [
          ...(answer.next ?? []),
          `To undo: ${undo.recipe.tool} with the arguments in ${undo.uri} (stored for 30 days; replace masked secrets).`,
        ],
      };

/** Stores what something was created with: the API omits some of it when it is read later. */
export const rememberCreation = async (
  { tool, fields, callTarget }: ApprovedCall,
  answer: ToolAnswer,
  { undo }: UndoServices,
): Promise<void> => {
  const id = tool.creates === undefined ? undefined : answer.fields[tool.creates];
  if (typeof id !== 'string') return;
  const { ClientToken: _, ...rest } = fields;
  const masked = redact(rest, tool.input);
  await undo.remember(callTarget, id, { tool: tool.name, arguments: masked }).catch(() => undefined);
};
