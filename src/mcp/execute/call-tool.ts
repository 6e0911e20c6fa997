/** One tool call from arguments to answer: validated, confirmed, sent, rendered. */
import { asDataDirectoryError } from '../../shared/data-directory-error.ts';
import { ConfigError, throwAsNotSent } from '../../shared/errors.ts';
import { withStateAfter } from '../actions/state-after.ts';
import { enforceLimits } from '../arguments/limits.ts';
import { type CallArguments, readArguments } from '../arguments/read-arguments.ts';
import type { CallTarget } from '../contract/call-target.ts';
import type { Caller, ElicitationRequest } from '../contract/caller.ts';
import type { Fields, ToolAnswer, ToolContext, ToolGate } from '../contract/tool.ts';
import { type ContextSource, createContexts } from '../contract/tool-context.ts';
import { TargetChangedError } from '../gate/before-send.ts';
import { digestOf } from '../gate/digest.ts';
import type { GateDecision, GateRequest } from '../gate/gate.ts';
import { errorAnswerOf } from '../render/error-answer.ts';
import { reachableAnswerOf } from '../render/reachable.ts';
import { type RenderedAnswer, render } from '../render/render.ts';
import { readCursor } from '../render/truncate.ts';
import { saveUndo } from '../undo/save-undo.ts';
import type { Call, CallReason, CallServices, ChangeOutcome } from './call.ts';
import { auditRefusal, executeApproved } from './execute-approved.ts';
import { runCallList } from './run-call-list.ts';

/** What came of a call: an answer, or a question to the user, after which the call is repeated with the reply. */
export type CallOutcome =
  | { readonly kind: 'answer'; readonly answer: RenderedAnswer; readonly reason: CallReason }
  | ({ readonly kind: 'ask'; readonly state: string } & ElicitationRequest);

/**
 * Calls a tool.
 * @param name one of the listed tools; others are not in the map
 * @returns an answer in every case: an error of the call is an answer
 * @throws only when the caller has cancelled
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
  const finish = (answer: ToolAnswer, reason: CallReason): CallOutcome => ({
    kind: 'answer',
    reason,
    answer: render(withNotices(reachableAnswerOf(answer, services.reachable), notices), {
      output: answer.isError ? undefined : tool.output,
      detail: args?.detail ?? 'concise',
      hasDetail: tool.hasDetail,
      hasCursor: tool.hasCursor === true,
      cursor: readCursor(args?.cursor),
      // Azure's name for it is MaxResults.
      hasLimit: (args?.fields.Limit ?? args?.fields.MaxResults) !== undefined,
      now: services.now(),
      disclosure: services.disclosure,
    }),
  });
  let reason: CallReason = 'wrong_arguments';
  try {
    args = readArguments(tool, sent);
    notices.push(...args.notices);
    const { connect, storage, now } = services;
    const contexts: ContextSource = {
      connect,
      storage,
      caller,
      now,
      notices,
      region: args.region,
      detail: args.detail,
      attempt: args.attempt,
    };
    const call = { tool, args, caller, services, contexts };
    reason = 'not_required';
    if (tool.effect === 'read')
      return finish(await tool.run(args.fields, createContexts(contexts)()), reason);
    // Audit record, undo recipe and pending requests are written there.
    if (services.dataDirProblem !== undefined) throw new ConfigError(services.dataDirProblem);
    const decision = await runChangingCall(call, (decided) => {
      reason = decided;
    });
    if (decision.outcome === 'ask') return { kind: 'ask', ...decision };
    return finish(decision.answer, decision.reason);
  } catch (error) {
    if (caller.signal.aborted) throw error;
    return finish(errorAnswerOf(asDataDirectoryError(error, services.dataDir), name), reason);
  }
};

/** A call that creates, changes or destroys something. */
const runChangingCall = async (
  call: Call,
  onDecision: (reason: CallReason) => void,
): Promise<ChangeOutcome> => {
  const { tool, args, caller, services } = call;
  const callTarget = await callTargetOf(call);
  const contextWith = createContexts({ ...call.contexts, targetRegion: callTarget.region });
  if (tool.makesCalls) return runCallList(call, { callTarget, contextWith }, onDecision);
  const request = tool.gate && gateRequestOf(call, tool.gate, callTarget, contextWith);
  const decision = await decide(call, request, contextWith()).catch(throwAsNotSent);
  onDecision(decision.reason);
  const { reason } = decision;
  if (decision.outcome === 'ask') return decision;
  if (decision.outcome === 'stop') {
    await auditRefusal({ tool, fields: args.fields, reason, callTarget, caller }, services);
    return decision;
  }
  try {
    const done = await executeApproved({ ...decision, tool, callTarget, caller, contextWith }, services);
    const answer = await withStateAfter(done, tool.name, decision.fields, contextWith());
    return { outcome: 'done', reason, answer };
  } catch (error) {
    if (!(error instanceof TargetChangedError) || !request) throw error;
    return services.gate.showChanged(request, error).catch(throwAsNotSent);
  }
};

const decide = async (
  { tool, args, services }: Call,
  request: GateRequest | undefined,
  context: ToolContext,
): Promise<GateDecision> => {
  await enforceLimits(tool.name, args.fields, context, services.limits);
  return request
    ? services.gate.authorize(request)
    : { outcome: 'go', reason: 'not_required', fields: args.fields };
};

/** Where the call goes, and as whom. */
const callTargetOf = async ({ tool, args, services }: Call): Promise<CallTarget> => {
  if (tool.callTargetOf) return { profile: '', region: '', ...tool.callTargetOf(args.fields) };
  const client = await services.connect();
  const { account, region } = await client.identity();
  const { profile } = services;
  return { endpoint: client.endpoint, profile, credential: account, region: args.region ?? region ?? '' };
};

const gateRequestOf = (
  { tool, args, caller, services }: Call,
  gate: ToolGate,
  callTarget: CallTarget,
  contextWith: GateRequest['contextWith'],
): GateRequest => ({
  tool: tool.name,
  gate,
  fields: args.fields,
  confirm: args.confirm,
  previewCode: args.previewCode,
  digest: digestOf(tool.name, callTarget, args.fields),
  context: contextWith(),
  contextWith,
  caller,
  saveUndo: async ({ target, recipe }) =>
    recipe && saveUndo(tool, args.fields, target, recipe, callTarget, services),
});

/** What the API client reports beside its output, for instance that it answers an earlier, equal call. */
const withNotices = (answer: ToolAnswer, notices: readonly string[]): ToolAnswer =>
  notices.length === 0 ? answer : { ...answer, fields: { notices, ...answer.fields } };
