/** A tool that makes calls of actions: those that need no confirmation while it runs, the others after one confirmation of all. */
import { ConfigError, InputError, throwAsNotSent } from '../../shared/errors.ts';
import { enforceLimits } from '../arguments/limits.ts';
import type { CallTarget } from '../contract/call-target.ts';
import type { Fields, ListedCall, Tool, ToolAnswer } from '../contract/tool.ts';
import type { createContexts } from '../contract/tool-context.ts';
import { checkOfUnconfirmed } from '../gate/before-send.ts';
import { callListGate, distinctCallsOf } from '../gate/call-list.ts';
import { digestOf, digestOfCalls } from '../gate/digest.ts';
import type { GateDecision, GateRequest, RecordedCalls } from '../gate/gate.ts';
import { redact } from '../render/redact.ts';
import type { Call, CallReason, ChangeOutcome } from './call.ts';
import { auditRefusal, executeApproved } from './execute-approved.ts';
import { executeCallList } from './execute-call-list.ts';

interface Bound {
  readonly callTarget: CallTarget;
  readonly contextWith: ReturnType<typeof createContexts>;
}

/** Runs the tool, or recalls what it recorded; then has its calls confirmed, and sends them. */
export const runCallList = async (
  call: Call,
  bound: Bound,
  onDecision: (reason: CallReason) => void,
): Promise<ChangeOutcome> => {
  const { tool, services } = call;
  const planned = await plannedOf(call, bound);
  const { calls, answer } = planned;
  if (calls.length === 0) return { outcome: 'done', reason: 'not_required', answer };
  const request = requestOf(call, bound, planned);
  const decide = async (): Promise<GateDecision> => {
    for (const { action, input } of calls) {
      await enforceLimits(action, input, bound.contextWith(), services.limits);
    }
    return services.gate.authorize(request);
  };
  const decision = await decide().catch(throwAsNotSent);
  onDecision(decision.reason);
  const { reason } = decision;
  if (decision.outcome === 'ask') return decision;
  if (decision.outcome === 'stop') {
    const fields = { calls: maskedCallsOf(calls, services.granted) };
    await auditRefusal({ tool, fields, reason, callTarget: bound.callTarget, caller: call.caller }, services);
    return { ...decision, answer: joined(planned.isShown ? undefined : answer, decision.answer) };
  }
  const sent = await executeCallList(
    {
      ...bound,
      caller: call.caller,
      reason,
      via: tool.name,
      targets: decision.targets ?? distinctCallsOf(calls).map((one) => ({ call: one })),
      isConfirmed: decision.targets !== undefined,
      toolNamed: (name) => services.granted.get(name),
      notices: call.contexts.notices,
      now: services.now,
    },
    services,
  );
  return { outcome: 'done', reason, answer: joined(planned.isShown ? undefined : answer, sent) };
};

interface Planned extends RecordedCalls {
  /** Whether the caller has had the tool's own answer with the preview. */
  readonly isShown: boolean;
}

const plannedOf = async (call: Call, bound: Bound): Promise<Planned> => {
  const { tool, args, caller, services } = call;
  const argumentsDigest = digestOf(tool.name, bound.callTarget, args.fields);
  const state = caller.elicitor?.kind === 'multi-round' ? caller.elicitor.reply?.state : undefined;
  if (tool.callList === 'recorded' && (args.previewCode !== undefined || state !== undefined)) {
    const recorded = services.gate.recall({ code: args.previewCode, state });
    const isSame = Object.keys(args.fields).length === 0 || recorded?.argumentsDigest === argumentsDigest;
    if (recorded === undefined || !isSame) throw unknownCodeError(tool.name);
    return { ...recorded, isShown: state === undefined };
  }
  const answer = await tool.run(args.fields, {
    ...bound.contextWith(),
    change: (listed) => changeUnconfirmed(listed, call, bound),
    createdWith: (id) => services.undo.recall(bound.callTarget, id),
  });
  return { calls: answer.calls ?? [], argumentsDigest, answer, isShown: false };
};

const unknownCodeError = (tool: string): InputError =>
  new InputError(tool, [
    {
      path: 'preview',
      message:
        'That code is unknown, used, expired (after ten minutes), or of another call, so nothing was run. Call it without confirm and preview for a new one.',
    },
  ]);

const requestOf = (call: Call, { callTarget, contextWith }: Bound, planned: Planned): GateRequest => {
  const { tool, args, caller, services } = call;
  const { calls } = planned;
  return {
    tool: tool.name,
    gate: callListGate(calls, (name) => services.granted.get(name)),
    fields: { calls },
    confirm: args.confirm,
    previewCode: args.previewCode,
    digest: digestOfCalls(tool.name, callTarget, calls),
    context: contextWith(),
    contextWith,
    caller,
    ...(tool.callList === 'recorded' && { recorded: planned }),
    // Those of a list are saved when its calls are sent.
    saveUndo: async () => undefined,
  };
};

/** One call that destroys nothing, as its own tool would make it. */
const changeUnconfirmed = async (
  { action, input: given }: ListedCall,
  { tool, caller, services, contexts }: Call,
  { callTarget, contextWith }: Bound,
): Promise<ToolAnswer> => {
  const target = services.granted.get(action);
  if (target === undefined) {
    throw new ConfigError(`${action} is not allowed: the operator did not select it with --tools.`);
  }
  const { fields: input, notices } = target.complete?.(given) ?? { fields: given, notices: [] };
  // What is missing was missing in what is repeated, too; only what is added has to be known.
  if (input !== given) contexts.notices.push(...notices);
  const isGated =
    target.gate && (!target.gate.isNeeded || (await target.gate.isNeeded(input, contextWith())));
  if (isGated) throw new Error(`${action} has to be confirmed.`);
  await enforceLimits(action, input, contextWith(), services.limits);
  const reason = 'not_required';
  const via = tool.name;
  const { gate } = target;
  const beforeSend = gate && checkOfUnconfirmed({ tool: action, gate, fields: input, contextWith });
  return executeApproved(
    {
      tool: target,
      fields: input,
      reason,
      callTarget,
      caller,
      contextWith,
      via,
      ...(beforeSend && { beforeSend }),
    },
    services,
  );
};

const maskedCallsOf = (calls: readonly ListedCall[], tools: ReadonlyMap<string, Tool>): readonly Fields[] =>
  calls.map(({ action, input }) => ({ action, input: redact(input, tools.get(action)?.input) }));

/** The answer of the tool itself, and what came of its calls. */
const joined = (own: ToolAnswer | undefined, sent: ToolAnswer): ToolAnswer =>
  own === undefined
    ? sent
    : {
        ...sent,
        summary: [own.summary, sent.summary].filter(Boolean).join(' '),
        fields: { ...own.fields, ...sent.fields },
        ...(own.isVerbatim && { isVerbatim: true }),
        next: [...(own.next ?? []), ...(sent.next ?? [])],
      };
