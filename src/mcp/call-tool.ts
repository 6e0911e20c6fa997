/** One tool call from arguments to answer: checked, confirmed, sent, rendered. Only the first two may refuse. */
import type { ActionName, InputOf, OutputOf } from '../catalogue/index.ts';
import type { BatchClient } from '../client/batch-client.ts';
import { ConfigError } from '../errors.ts';
import { type CallArguments, readArguments } from './arguments.ts';
import type { Caller } from './caller.ts';
import type { Gate } from './confirmation.ts';
import type { Decision, DecisionReason } from './decision.ts';
import { digestOf, type Place } from './digest.ts';
import { errorAnswerOf } from './error-answer.ts';
import { type RenderedAnswer, render } from './render.ts';
import type { Fields, Preview, Tool, ToolAnswer, ToolContext } from './tool.ts';

/** What came of a call. */
export type CallOutcome =
  | { readonly kind: 'answer'; readonly answer: RenderedAnswer; readonly how: DecisionReason | 'refused' }
  /** The person has to be asked first; the call comes again with the answer. */
  | { readonly kind: 'ask'; readonly message: string; readonly typed: string; readonly state: string };

export interface CallOptions {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly gate: Gate;
  /** The client, made when it is first needed: it loads the network. */
  readonly connect: () => Promise<BatchClient>;
  /** Where a call with that region goes, and as whom. */
  readonly placeOf: (region: string | undefined) => Promise<Place>;
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
  options: CallOptions,
): Promise<CallOutcome> => {
  const tool = options.tools.get(name);
  if (tool === undefined) throw new ConfigError(`There is no tool ${name} here.`);
  const { now } = options;
  let args: CallArguments | undefined;
  let how: DecisionReason | 'refused' = 'refused';
  const finish = (answer: ToolAnswer): CallOutcome => ({
    kind: 'answer',
    how,
    answer: render(answer, {
      output: answer.isError ? undefined : tool.output,
      detail: args?.detail ?? 'concise',
      hasLimit: args?.fields.Limit !== undefined,
      now: now(),
    }),
  });
  try {
    args = readArguments(tool, sent);
    const context = contextOf(args, caller, options);
    const decision = await decide(tool, args, context, caller, options);
    how = decision.how;
    if (decision.outcome === 'ask') return { kind: 'ask', ...decision };
    if (decision.outcome === 'stop') return finish(decision.answer);
    const seen: Pick<ToolContext, 'seen'> = decision.preview ? { seen: decision.preview } : {};
    return finish(await tool.run(decision.fields, { ...context, ...seen }));
  } catch (error) {
    if (caller.signal.aborted) throw error;
    return finish(errorAnswerOf(error, name));
  }
};

const decide = async (
  tool: Tool,
  args: CallArguments,
  context: ToolContext,
  caller: Caller,
  options: CallOptions,
): Promise<Decision> => {
  if (tool.gate === undefined) return { outcome: 'go', how: 'not_required', fields: args.fields };
  const place = await options.placeOf(args.region);
  return options.gate.decide({
    tool: tool.name,
    gate: tool.gate,
    fields: args.fields,
    confirm: args.confirm,
    code: args.preview,
    digest: digestOf(tool.name, place, args.fields),
    context: { ...context, region: place.region || undefined },
    caller,
    saveUndo: async (_: Preview) => undefined,
  });
};

/** What a tool gets to work with: bound to the region and the cancellation of this one call. */
const contextOf = (args: CallArguments, caller: Caller, options: CallOptions): ToolContext => ({
  region: args.region,
  signal: caller.signal,
  detail: args.detail,
  now: options.now,
  call: async <A extends ActionName>(
    action: A,
    input: InputOf<A>,
    region = args.region,
  ): Promise<OutputOf<A>> => {
    const client = await options.connect();
    return client.call(action, input, {
      signal: caller.signal,
      ...(region === undefined ? {} : { region }),
    });
  },
  progress: (done, total, message) => caller.progress?.(done, total, message),
});
