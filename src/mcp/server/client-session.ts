/** The client at the other end of a connection: who it is, how it asks its user, how it receives progress. */
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
import { viewExtension, viewMimeType } from '../job-view/view-resource.ts';
import { cleanText } from '../render/untrusted.ts';

/** One required string: some clients accept an empty form without showing it. */
export const formOf = ({ message, confirmationText }: ElicitationRequest) => ({
  message: withoutMarkup(message),
  requestedSchema: {
    type: 'object' as const,
    properties: {
      id: {
        type: 'string' as const,
        title: `Type ${confirmationText} to confirm`,
        minLength: 1,
        maxLength: 200,
      },
    },
    required: ['id'],
  },
});

/**
 * A form is shown by programs that render Markdown or HTML: an image in a name would load an address when the form is
 * shown, and a link would hide where it leads.
 */
const withoutMarkup = (message: string): string =>
  cleanText(message)
    .replace(/!(?=\[)/g, '')
    .replace(/\](?=[([:])/g, '] ')
    .replace(/<(?=[a-z/!?])/gi, '< ');

interface Envelope {
  readonly [CLIENT_INFO_META_KEY]?: Implementation;
  readonly [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities;
}

export interface SessionFacts {
  /** How long a user may think before a question counts as not answered. */
  readonly formTimeoutMs: number;
  /** Aborted when the session is ending. */
  readonly closing: AbortSignal;
}

export interface ClientFacts {
  readonly info: Implementation | undefined;
  readonly capabilities: ClientCapabilities | undefined;
}

/** What a client says about itself: once per connection, or with every request. */
export const clientOf = (server: Server, era: 'legacy' | 'modern', ctx: ServerContext): ClientFacts => {
  if (era === 'legacy') {
    return { info: server.getClientVersion(), capabilities: server.getClientCapabilities() };
  }
  // The SDK publishes the type of the envelope without its fields.
  const envelope = ctx.mcpReq.envelope as Envelope | undefined;
  return {
    info: envelope?.[CLIENT_INFO_META_KEY],
    capabilities: envelope?.[CLIENT_CAPABILITIES_META_KEY],
  };
};

/** The caller, from what the connection or the request says about its client. */
export const callerOf = (
  server: Server,
  era: 'legacy' | 'modern',
  ctx: ServerContext,
  { formTimeoutMs, closing }: SessionFacts,
): Caller => {
  const { signal, _meta } = ctx.mcpReq;
  const { info, capabilities } = clientOf(server, era, ctx);
  const token = _meta?.progressToken;
  const progress = token === undefined ? undefined : progressOf(ctx, token);
  const timing = { timeout: formTimeoutMs, closing };
  const elicitor = canElicit(capabilities) ? elicitorOf(era, ctx, timing, progress) : undefined;
  return {
    name: info ? `${info.name} ${info.version}` : 'unknown client',
    signal,
    closing,
    ...(elicitor && { elicitor }),
    ...(progress && { progress }),
  };
};

/**
 * Whether a client can show forms. The protocol of 2025-06-18 declares it by any object; later ones by `form`, beside
 * which `url` alone means that it cannot.
 */
export const canElicit = (capabilities: ClientCapabilities | undefined): boolean => {
  const elicitation: unknown = capabilities?.elicitation;
  if (typeof elicitation !== 'object' || elicitation === null) return false;
  return 'form' in elicitation ? Boolean(elicitation.form) : !('url' in elicitation);
};

/** Whether a client renders MCP Apps. It names the MIME types it supports; none at all means the only one there is. */
export const canShowViews = (capabilities: ClientCapabilities | undefined): boolean => {
  const declared: unknown = capabilities?.extensions?.[viewExtension];
  if (typeof declared !== 'object' || declared === null) return false;
  if (!('mimeTypes' in declared)) return true;
  return Array.isArray(declared.mimeTypes) && declared.mimeTypes.includes(viewMimeType);
};

interface Timing {
  readonly timeout: number;
  readonly closing: AbortSignal;
}

const elicitorOf = (
  era: 'legacy' | 'modern',
  ctx: ServerContext,
  timing: Timing,
  progress: Caller['progress'],
): Elicitor => {
  if (era === 'legacy') {
    return {
      kind: 'inline',
      elicit: (request, signal) => elicitNow(ctx, request, { ...timing, signal }, progress),
    };
  }
  const state = ctx.mcpReq.requestState();
  if (typeof state !== 'string') return { kind: 'multi-round' };
  const view = inputResponse(ctx.mcpReq.inputResponses, 'confirm');
  const answer: ElicitationResult =
    view.kind === 'elicit'
      ? view.action === 'accept'
        ? { action: 'accept', typedText: view.content?.id }
        : { action: view.action }
      : { action: 'failed', cause: 'error', message: 'the reply is missing' };
  return { kind: 'multi-round', reply: { state, result: answer } };
};

// Many clients time out a silent call after a minute, some after half of one.
const heartbeatMs = 10_000;

/** Asks during the call. Any failure counts as not shown: the user has not agreed. */
const elicitNow = async (
  ctx: ServerContext,
  request: ElicitationRequest,
  { timeout, closing, signal }: Timing & { readonly signal: AbortSignal },
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
      { method: 'elicitation/create', params: { mode: 'form', ...formOf(request) } },
      { timeout, signal: AbortSignal.any([signal, closing]) },
    );
    return answer.action === 'accept'
      ? { action: 'accept', typedText: answer.content?.id }
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

/** Progress must grow, and must stop with the request; a client that has disconnected is not an error. */
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
