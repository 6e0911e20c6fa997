/** The way back from a call: saved before it is sent, named in its answer. */
import type { DecisionReason } from '../contract/decision.ts';
import type { Fields, Preview, Recipe, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import type { CallTarget } from '../gate/digest.ts';
import { redact } from '../render/redact.ts';
import type { UndoStore } from './undo-store.ts';

export interface UndoServices {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly undo: UndoStore;
}

/** A call that was let through. */
export interface ApprovedCall {
  readonly tool: Tool;
  readonly fields: Fields;
  readonly how: DecisionReason;
  readonly preview: Preview | undefined;
  readonly place: CallTarget;
}

/** A recipe that was saved, masked, with its address. */
export interface SavedUndo {
  readonly uri: string;
  readonly recipe: Recipe;
}

/** Saves a recipe, masked; what this program created itself is known whole, so that is preferred. */
export const saveUndo = async (
  tool: Tool,
  target: Pick<Preview, 'target' | 'typed'>,
  recipe: Recipe,
  place: CallTarget,
  { undo, tools }: UndoServices,
): Promise<SavedUndo | undefined> => {
  const own = await undo.recall(place, target.typed);
  const best: Recipe = own?.tool === recipe.tool ? { ...own, missing: [] } : recipe;
  const masked: Recipe = {
    ...best,
    arguments: {
      ...redact(best.arguments, tools.get(best.tool)?.input),
      ...(place.region !== '' && { Region: place.region }),
    },
  };
  try {
    const { endpoint, region } = place;
    const uri = await undo.save({
      before: tool.name,
      target: target.target,
      endpoint,
      region,
      recipe: masked,
    });
    return { uri, recipe: masked };
  } catch {
    // A full disk must not keep a person from stopping a job that costs money; the answer then shows no address.
    return undefined;
  }
};

/** Saves what would bring back what this call is about to destroy or overwrite. */
export const saveUndoRecipe = async (
  { tool, fields, how, preview, place }: ApprovedCall,
  context: ToolContext,
  services: UndoServices,
): Promise<SavedUndo | undefined> => {
  if (tool.recipe !== undefined) {
    const recipe = await tool.recipe(fields, context);
    const typed = String(Object.values(fields)[0] ?? '');
    return recipe && saveUndo(tool, { target: typed, typed }, recipe, place, services);
  }
  const seen = preview ?? (how === 'policy_none' ? await previewIfNeeded(tool, fields, context) : undefined);
  return seen?.recipe && saveUndo(tool, seen, seen.recipe, place, services);
};

/** Where nobody has to agree, nothing was read yet. A target that cannot be read is left for the call itself to report. */
const previewIfNeeded = async (
  tool: Tool,
  fields: Fields,
  context: ToolContext,
): Promise<Preview | undefined> => {
  try {
    if (!tool.gate || !(await tool.gate.isNeeded(fields, context))) return undefined;
    return await tool.gate.preview(fields, context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    return undefined;
  }
};

/** Names the way back in the answer. */
export const withUndo = (answer: ToolAnswer, undo: SavedUndo | undefined): ToolAnswer =>
  undo === undefined
    ? answer
    : {
        ...answer,
        fields: {
          ...answer.fields,
          undo: { saved: undo.uri, tool: undo.recipe.tool, missing: undo.recipe.missing },
        },
        next: [
          ...(answer.next ?? []),
          `The way back: ${undo.recipe.tool} with the arguments that stand in ${undo.uri} (kept for 30 days; put masked secrets in again).`,
        ],
      };

/** What this program created is known whole: the API leaves fields out when it is asked later. */
export const rememberCreation = async (
  { tool, fields, place }: ApprovedCall,
  answer: ToolAnswer,
  { undo }: UndoServices,
): Promise<void> => {
  const id = answer.fields.JobId ?? answer.fields.EnvId;
  if (tool.effect !== 'create' || typeof id !== 'string') return;
  const { ClientToken: _, ...rest } = fields;
  const masked = redact(rest, tool.input);
  await undo.remember(place, id, { tool: tool.name, arguments: masked }).catch(() => undefined);
};
