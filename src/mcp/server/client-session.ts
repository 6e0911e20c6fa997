/** The client at the other end of a connection: who it is, how it asks its person, how it hears of progress. */
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  type Implementation,
  inputResponse,
  ProtocolErrorCode,
  SdkErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Caller, ElicitationRequest, ElicitationResult, Elicitor } from '../contract/caller.ts';

/** One required string: an empty form is accepted by some clients without anybody having seen it. */
export const formOf = ({ message, confirmationText: typed }: ElicitationRequest) => ({
  message,
  requestedSchema: {
    type: 'object' as const,
    properties: {
      id: { type: 'string' as const, title: `Type ${typed} to go on`, minLength: 1, maxLength: 200 },
    },
    required: ['id'],
  },
});

interface Envelope {
  readonly [CLIENT_INFO_META_KEY]?: Implementation;
  readonly [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities;
}

/**
 * Who calls, from what the connection or the request says about its client.
 * @param formTimeoutMs how long a person may think before a question counts as not answered
 */
export const callerOf = (
  server: Server,
  era: 'legacy' | 'modern',
  ctx: ServerContext,
  formTimeoutMs: number,
): Caller => {
  const { signal, _meta } = ctx.mcpReq;
  // The SDK publishes the type of the envelope without its fields.
  const envelope = ctx.mcpReq.envelope as Envelope | undefined;
  const info = era === 'modern' ? envelope?.[CLIENT_INFO_META_KEY] : server.getClientVersion();
  const capabilities =
    era === 'modern' ? envelope?.[CLIENT_CAPABILITIES_META_KEY] : server.getClientCapabilities();
  const token = _meta?.progressToken;
  const progress = token === undefined ? undefined : progressOf(ctx, token);
  const asker = canElicit(capabilities) ? askerOf(era, ctx, formTimeoutMs, progress) : undefined;
  return {
    name: info ? `${info.name} ${info.version}` : 'unknown client',
    signal,
    ...(asker && { elicitor: asker }),
    ...(progress && { progress }),
  };
};

/** A bare `elicitation: {}` means forms: that is how clients before url mode declared it. */
const canElicit = (capabilities: ClientCapabilities | undefined): boolean => {
  const elicitation = capabilities?.elicitation;
  return (
    elicitation !== undefined && (elicitation.form !== undefined || Object.keys(elicitation).length === 0)
  );
};

const askerOf = (
  era: 'legacy' | 'modern',
  ctx: ServerContext,
  formTimeoutMs: number,
  progress: Caller['progress'],
): Elicitor => {
  if (era === 'legacy') {
    return {
      kind: 'inline',
      elicit: (question, signal) => askNow(ctx, question, { timeout: formTimeoutMs, signal }, progress),
    };
  }
  const state = ctx.mcpReq.requestState();
  if (typeof state !== 'string') return { kind: 'multi-round' };
  const view = inputResponse(ctx.mcpReq.inputResponses, 'confirm');
  const answer: ElicitationResult =
    view.kind === 'elicit'
      ? view.action === 'accept'
        ? { action: 'accept', id: view.content?.id }
        : { action: view.action }
      : { action: 'failed', cause: 'error', message: 'the reply is missing' };
  return { kind: 'multi-round', reply: { state, result: answer } };
};

// Clients give a silent call up after a minute, some after half of one.
const heartbeatMs = 10_000;

/** Asks while the call waits. Whatever goes wrong on the way counts as not shown: nobody said yes. */
const askNow = async (
  ctx: ServerContext,
  question: ElicitationRequest,
  options: { readonly timeout: number; readonly signal: AbortSignal },
  progress: Caller['progress'],
): Promise<ElicitationResult> => {
  let beats = 0;
  const beat = (): void => {
    beats += 1;
    // Far below one, so that the counts of the work itself still grow from here.
    progress?.(beats / 1_000, undefined, 'Waiting for the user to answer.');
  };
  beat();
  const timer = setInterval(beat, heartbeatMs);
  try {
    const answer = await ctx.mcpReq.send(
      { method: 'elicitation/create', params: { mode: 'form', ...formOf(question) } },
      options,
    );
    return answer.action === 'accept'
      ? { action: 'accept', id: answer.content?.id }
      : { action: answer.action };
  } catch (error) {
    return { action: 'failed', ...failureOf(error) };
  } finally {
    clearInterval(timer);
  }
};

/** Why a form was not answered. The SDK throws the client's error, and its own RequestTimeout. */
const failureOf = (
  error: unknown,
): Pick<Extract<ElicitationResult, { action: 'failed' }>, 'cause' | 'message'> => {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === ProtocolErrorCode.MethodNotFound) return { cause: 'unsupported', message };
  return { cause: code === SdkErrorCode.RequestTimeout ? 'timeout' : 'error', message };
};

/** Progress must grow, and must stop with the request; a client that has gone is no reason to fail. */
const progressOf = (ctx: ServerContext, progressToken: string | number): NonNullable<Caller['progress']> => {
  let last = -1;
  return (done, total, message) => {
    if (done <= last || ctx.mcpReq.signal.aborted) return;
    last = done;
    ctx.mcpReq
      .notify({
        method: 'notifications/progress',
        params: { progressToken, progress: done, ...(total !== undefined && { total }), message },
      })
      .catch(() => undefined);
  };
};
