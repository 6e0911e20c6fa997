/** What surrounds a call that was let through: the way back is saved, the audit is written, secrets are put in. */
import { ApiError, TransportError } from '../errors.ts';
import type { Audit, AuditRecord } from './audit.ts';
import type { Caller } from './caller.ts';
import type { DecisionReason } from './decision.ts';
import type { Place } from './digest.ts';
import { type EnvironmentValues, fillEnvironment, withoutValues } from './environment-values.ts';
import { redact } from './redact.ts';
import type { Fields, Preview, Recipe, Tool, ToolAnswer, ToolContext } from './tool.ts';
import type { UndoStore } from './undo.ts';
import { cleanDeep, cleanText } from './untrusted.ts';

export interface CarryOutServices {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly undo: UndoStore;
  /** Absent where the operator switched it off. */
  readonly audit: Audit | undefined;
  readonly environment: EnvironmentValues;
  readonly newCallId: () => string;
}

/** A recipe that was saved, masked, with its address. */
export interface SavedUndo {
  readonly uri: string;
  readonly recipe: Recipe;
}

export interface Permit {
  readonly tool: Tool;
  readonly fields: Fields;
  readonly how: DecisionReason;
  readonly preview: Preview | undefined;
  readonly place: Place;
  readonly caller: Caller;
  /** Set by the client while it sends: the token that makes the service do it once. */
  readonly clientToken: () => string | undefined;
}

/**
 * Carries out one call. What only reads goes straight through.
 * @throws InputError or ConfigError before anything was sent, then whatever the call throws
 */
export const carryOut = async (
  permit: Permit,
  context: ToolContext,
  services: CarryOutServices,
): Promise<ToolAnswer> => {
  const { tool, place } = permit;
  if (tool.effect === 'read') return tool.run(permit.fields, context);
  const { fields, secrets } = fillEnvironment(tool.name, permit.fields, tool.input, services.environment);
  const undo = await saveWayBack(permit, context, services);
  const record = recordOf(permit, services);
  await services.audit?.write({ ...record, event: 'sending' });
  let answer: ToolAnswer;
  try {
    answer = await tool.run(fields, context);
  } catch (error) {
    await writeEnd(services.audit, { ...record, event: 'done', ...endOf(error, permit) });
    throw maskedError(error, secrets);
  }
  await writeEnd(services.audit, { ...record, event: 'done', ...successOf(answer, permit) });
  await rememberCreation(permit, answer, place, services);
  return withUndo({ ...answer, fields: withoutValues(answer.fields, secrets) as Fields }, undo);
};

/** Writes down that a call was not let through. Nothing is sent, so a failure to write changes nothing. */
export const auditRefusal = async (
  permit: Omit<Permit, 'preview' | 'clientToken'>,
  services: CarryOutServices,
): Promise<void> => {
  const record = recordOf({ ...permit, preview: undefined, clientToken: () => undefined }, services);
  await writeEnd(services.audit, { ...record, event: 'refused' });
};

/** Saves a recipe, masked; what this program created itself is known whole, so that is preferred. */
export const saveUndo = async (
  tool: Tool,
  target: Pick<Preview, 'target' | 'typed'>,
  recipe: Recipe,
  place: Place,
  { undo, tools }: CarryOutServices,
): Promise<SavedUndo | undefined> => {
  const own = await undo.recall(place, target.typed);
  const best: Recipe = own?.tool === recipe.tool ? { ...own, missing: [] } : recipe;
  const masked: Recipe = {
    ...best,
    arguments: {
      ...(redact(best.arguments, tools.get(best.tool)?.input) as Fields),
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

const saveWayBack = async (
  { tool, fields, how, preview, place }: Permit,
  context: ToolContext,
  services: CarryOutServices,
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

const withUndo = (answer: ToolAnswer, undo: SavedUndo | undefined): ToolAnswer =>
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
const rememberCreation = async (
  { tool, fields }: Permit,
  answer: ToolAnswer,
  place: Place,
  { undo }: CarryOutServices,
): Promise<void> => {
  const id = answer.fields.JobId ?? answer.fields.EnvId;
  if (tool.effect !== 'create' || typeof id !== 'string') return;
  const { ClientToken: _, ...rest } = fields;
  const masked = redact(rest, tool.input) as Fields;
  await undo.remember(place, id, { tool: tool.name, arguments: masked }).catch(() => undefined);
};

const recordOf = (
  { tool, fields, how, place, caller }: Permit,
  { newCallId }: CarryOutServices,
): Omit<AuditRecord, 'event'> => ({
  call: newCallId(),
  client: cleanText(caller.name),
  tool: tool.name,
  endpoint: place.endpoint,
  region: place.region,
  // Somebody reads this file in a terminal one day.
  arguments: cleanDeep(redact(fields, tool.input)) as Fields,
  consent: how,
});

type End = Pick<AuditRecord, 'outcome' | 'RequestId' | 'ClientToken'>;

const successOf = ({ fields }: ToolAnswer, { clientToken }: Permit): End => ({
  outcome: 'ok',
  ...(typeof fields.RequestId === 'string' && { RequestId: fields.RequestId }),
  ...tokenOf(clientToken()),
});

const endOf = (error: unknown, { clientToken }: Permit): End => ({
  outcome: outcomeOf(error),
  ...((error instanceof ApiError || error instanceof TransportError) &&
    error.requestId !== undefined && { RequestId: error.requestId }),
  ...tokenOf(clientToken()),
});

const outcomeOf = (error: unknown): string => {
  if (error instanceof ApiError) return error.code;
  if (error instanceof TransportError) return error.mayHaveHappened ? 'unconfirmed' : 'not sent';
  return error instanceof Error ? error.name : 'failed';
};

const tokenOf = (token: string | undefined): Pick<End, 'ClientToken'> =>
  token === undefined ? {} : { ClientToken: token };

/** After the call has ended there is nothing left to prevent: what happened is reported, with or without its line. */
const writeEnd = async (audit: Audit | undefined, record: AuditRecord): Promise<void> => {
  await audit?.write(record).catch(() => undefined);
};

/** The service may repeat an argument in its refusal. */
const maskedError = (error: unknown, secrets: readonly string[]): unknown => {
  if (!(error instanceof ApiError) || secrets.length === 0) return error;
  const message = String(withoutValues(error.serviceMessage, secrets));
  return new ApiError(error.action, error.code, message, error.requestId, error);
};
