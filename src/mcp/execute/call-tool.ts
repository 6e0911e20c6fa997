/** One tool call from arguments to answer: checked, confirmed, sent, rendered. Only the first two may refuse. */
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';
import type { BatchClient } from '../../client/batch-client.ts';
import { ConfigError } from '../../shared/errors.ts';
import { enforceLimits, type Limits } from '../arguments/limits.ts';
import { type CallArguments, readArguments } from '../arguments/read-arguments.ts';
import type { Caller } from '../contract/caller.ts';
import type { Decision, DecisionReason } from '../contract/decision.ts';
import type { Fields, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { type CallTarget, digestOf } from '../gate/digest.ts';
import type { Gate } from '../gate/gate.ts';
import { errorAnswerOf } from '../render/error-answer.ts';
import { type RenderedAnswer, render } from '../render/render.ts';
import { saveUndo } from '../undo/save-undo.ts';
import { auditRefusal, type ExecuteServices, executeApproved } from './execute-approved.ts';

/** How far a call came: as the gate decided, or not even so far. */
export type CallHow = DecisionReason | 'wrong_arguments';

/** What came of a call. */
export type CallOutcome =
  | { readonly kind: 'answer'; readonly answer: RenderedAnswer; readonly how: CallHow }
  /** The person has to be asked first; the call comes again with the answer. */
  | { readonly kind: 'ask'; readonly message: string; readonly typed: string; readonly state: string };

export interface CallServices extends ExecuteServices {
  readonly gate: Gate;
  /** The client, made when it is first needed: it loads the network. */
  readonly connect: () => Promise<BatchClient>;
  /** Where a call with that region goes, and as whom. */
  readonly placeOf: (region: string | undefined) => Promise<CallTarget>;
  /** What the operator allows. */
  readonly limits: Limits;
  readonly now: () => number;
}

/**
 * Calls a tool.
 * @param name one of the listed tools; others are not in the map
 * @returns an answer in every case: what goes wrong is an answer, too
 */
export const callTool = async (
  name: string,
  sent: Fields,
  caller: Caller,
  services: CallServices,
): Promise<CallOutcome> => {
  const tool = services.tools.get(name);
  if (tool === undefined) throw new ConfigError(`There is no tool ${name} here.`);
  const notices: string[] = [];
  let args: CallArguments | undefined;
  let how: CallHow = 'wrong_arguments';
  const finish = (answer: ToolAnswer): CallOutcome => ({
    kind: 'answer',
    how,
    answer: render(withNotices(answer, notices), {
      output: answer.isError ? undefined : tool.output,
      detail: args?.detail ?? 'concise',
      // Azure's word for it is MaxResults.
      hasDetail: tool.hasDetail,
      hasLimit: (args?.fields.Limit ?? args?.fields.MaxResults) !== undefined,
      now: services.now(),
    }),
  });
  try {
    args = readArguments(tool, sent);
    const { context, clientToken } = contextOf(args, caller, services, (text) => notices.push(text));
    if (tool.effect === 'read') {
      how = 'not_required';
      return finish(await tool.run(args.fields, context));
    }
    const place = tool.placeOf
      ? { profile: '', region: '', ...tool.placeOf(args.fields) }
      : await services.placeOf(args.region);
    await enforceLimits(
      tool.name,
      args.fields,
      { ...context, region: place.region || undefined },
      services.limits,
    );
    const decision = await decide(tool, args, context, place, caller, services);
    how = decision.how;
    if (decision.outcome === 'ask') return { kind: 'ask', ...decision };
    if (decision.outcome === 'stop') {
      await auditRefusal({ tool, fields: args.fields, how, place, caller }, services);
      return finish(decision.answer);
    }
    const { fields, preview } = decision;
    const seen: Pick<ToolContext, 'seen'> = preview ? { seen: preview } : {};
    const permit = { tool, fields, how, preview, place, caller, clientToken };
    return finish(await executeApproved(permit, { ...context, ...seen }, services));
  } catch (error) {
    if (caller.signal.aborted) throw error;
    return finish(errorAnswerOf(error, name));
  }
};

const decide = async (
  tool: Tool,
  args: CallArguments,
  context: ToolContext,
  place: CallTarget,
  caller: Caller,
  services: CallServices,
): Promise<Decision> => {
  if (tool.gate === undefined) return { outcome: 'go', how: 'not_required', fields: args.fields };
  return services.gate.decide({
    tool: tool.name,
    gate: tool.gate,
    fields: args.fields,
    confirm: args.confirm,
    code: args.preview,
    digest: digestOf(tool.name, place, args.fields),
    context: { ...context, region: place.region || undefined },
    caller,
    saveUndo: async (preview) => preview.recipe && saveUndo(tool, preview, preview.recipe, place, services),
  });
};

/** A wait that is shorter is over before anybody has read that there is one. */
const longWaitMs = 1_000;

/** What a tool gets to work with: bound to the region and the cancellation of this one call. */
const contextOf = (
  args: CallArguments,
  caller: Caller,
  services: CallServices,
  onNotice: (text: string) => void,
): { readonly context: ToolContext; readonly clientToken: () => string | undefined } => {
  let token: string | undefined;
  let waits = 0;
  const context: ToolContext = {
    region: args.region,
    signal: caller.signal,
    detail: args.detail,
    now: services.now,
    call: async <A extends ActionName>(
      action: A,
      input: InputOf<A>,
      region = args.region,
    ): Promise<OutputOf<A>> => {
      const client = await services.connect();
      return client.call(action, input, {
        signal: caller.signal,
        onNotice,
        onWait: ({ reason, milliseconds }) => {
          if (milliseconds < longWaitMs) return;
          waits += 1;
          // Far below one, so that the counts of the work itself still grow from here.
          caller.progress?.(
            waits / 1_000,
            undefined,
            `Waiting ${Math.round(milliseconds / 1000)} s: ${reason}.`,
          );
        },
        onToken: (given) => {
          token = given;
        },
        ...(region === undefined ? {} : { region }),
      });
    },
    progress: (done, total, message) => caller.progress?.(done, total, message),
  };
  return { context, clientToken: () => token };
};

/** What the client had to say beside its answer, for instance that it answers an earlier, equal call. */
const withNotices = (answer: ToolAnswer, notices: readonly string[]): ToolAnswer =>
  notices.length === 0 ? answer : { ...answer, fields: { notices, ...answer.fields } };
