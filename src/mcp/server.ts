/** The protocol's side of the toolbox: one server for both eras, on the SDK's plain `Server`. */
import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  type Implementation,
  inputRequired,
  inputResponse,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { CallOutcome } from './call-tool.ts';
import type { Asker, Caller, FormAnswer, Question } from './caller.ts';
import { errorAnswerOf } from './error-answer.ts';
import { resourcesOf, resourceTemplates } from './resource-list.ts';
import type { Toolbox } from './toolbox.ts';

export interface ServerFacts {
  readonly version: string;
  readonly instructions: string;
  /** Region of the resources that are listed without being asked for. */
  readonly region: string | undefined;
  /** How long a person may think before a question counts as not answered. */
  readonly formTimeoutMs: number;
}

// The list of tools is the same for everybody and for as long as the process lives.
const listHint = { ttlMs: 3_600_000, cacheScope: 'public' } as const;

/**
 * Creates one server for one connection. The SDK may create several for one process, so nothing here has a state.
 * @param era which protocol the connection speaks
 */
export const createServer = (era: 'legacy' | 'modern', toolbox: Toolbox, facts: ServerFacts): Server => {
  const server = new Server(
    { name: 'batch-mcp', title: 'Batch computing', version: facts.version },
    {
      capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
      instructions: facts.instructions,
      cacheHints: {
        'server/discover': listHint,
        'tools/list': listHint,
        'resources/templates/list': listHint,
        'resources/list': { ttlMs: 5_000, cacheScope: 'private' },
        'resources/read': { ttlMs: 0, cacheScope: 'private' },
      },
    },
  );
  server.setRequestHandler('tools/list', async () => ({
    // The SDK's type of a schema is mutable; the list is never changed.
    tools: (await toolbox.list()) as unknown as { name: string; inputSchema: { type: 'object' } }[],
  }));
  server.setRequestHandler('tools/call', async (request, ctx) => {
    const { name, arguments: args = {} } = request.params;
    if (!(await toolbox.has(name))) {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no tool ${JSON.stringify(name)} here; tools/list names those there are.`,
      );
    }
    const caller = callerOf(server, era, ctx, facts.formTimeoutMs);
    return resultOf(await toolbox.call(name, args, caller));
  });
  server.setRequestHandler('resources/list', async () => ({ resources: [...resourcesOf(facts.region)] }));
  server.setRequestHandler('resources/templates/list', async () => ({
    resourceTemplates: [...resourceTemplates],
  }));
  server.setRequestHandler('resources/read', async (request, ctx) => {
    const { uri } = request.params;
    const content = await toolbox
      .read(uri, callerOf(server, era, ctx, facts.formTimeoutMs))
      .catch((error: unknown) => {
        throw protocolErrorOf(error, uri);
      });
    if (content === undefined) throw new ResourceNotFoundError(uri);
    const { ttlMs, ...rest } = content;
    return { contents: [rest], ...(era === 'modern' && { ttlMs, cacheScope: 'private' as const }) };
  });
  return server;
};

/** An answer, or the question that has to be put to the person first. */
const resultOf = (outcome: CallOutcome) => {
  if (outcome.kind === 'answer') {
    // The SDK's types are mutable; a result is written once.
    return outcome.answer as unknown as CallToolResult;
  }
  return inputRequired({
    inputRequests: { confirm: inputRequired.elicit(formOf(outcome)) },
    requestState: outcome.state,
  });
};

/** One required string: an empty form is accepted by some clients without anybody having seen it. */
const formOf = ({ message, typed }: Question) => ({
  message,
  requestedSchema: {
    type: 'object' as const,
    properties: {
      id: { type: 'string' as const, title: `Type ${typed} to go on`, minLength: 1, maxLength: 200 },
    },
    required: ['id'],
  },
});

const protocolErrorOf = (error: unknown, uri: string): Error => {
  if (error instanceof ProtocolError) return error;
  const { happened, fields, next = [] } = errorAnswerOf(error, uri);
  const detail = [fields.code, fields.message].filter(Boolean).join(': ');
  return new ProtocolError(
    ProtocolErrorCode.InternalError,
    [happened, detail, ...next].filter(Boolean).join(' '),
    { ...fields },
  );
};

interface Envelope {
  readonly [CLIENT_INFO_META_KEY]?: Implementation;
  readonly [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities;
}

/** Who calls, from what the connection or the request says about its client. */
const callerOf = (
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
  const asker = canElicit(capabilities) ? askerOf(era, ctx, formTimeoutMs) : undefined;
  return {
    name: info ? `${info.name} ${info.version}` : 'unknown client',
    signal,
    ...(asker && { asker }),
    ...(token !== undefined && { progress: progressOf(ctx, token) }),
  };
};

/** A bare `elicitation: {}` means forms: that is how clients before url mode declared it. */
const canElicit = (capabilities: ClientCapabilities | undefined): boolean => {
  const elicitation = capabilities?.elicitation;
  return (
    elicitation !== undefined && (elicitation.form !== undefined || Object.keys(elicitation).length === 0)
  );
};

const askerOf = (era: 'legacy' | 'modern', ctx: ServerContext, formTimeoutMs: number): Asker => {
  if (era === 'legacy')
    return { kind: 'direct', ask: (question, signal) => askNow(ctx, question, signal, formTimeoutMs) };
  const state = ctx.mcpReq.requestState();
  if (typeof state !== 'string') return { kind: 'rounds' };
  const view = inputResponse(ctx.mcpReq.inputResponses, 'confirm');
  const answer: FormAnswer =
    view.kind === 'elicit'
      ? view.action === 'accept'
        ? { action: 'accept', id: view.content?.id }
        : { action: view.action }
      : { action: 'failed', why: 'the answer is missing' };
  return { kind: 'rounds', reply: { state, answer } };
};

/** Asks while the call waits. Whatever goes wrong on the way counts as not shown: nobody said yes. */
const askNow = async (
  ctx: ServerContext,
  question: Question,
  signal: AbortSignal,
  timeout: number,
): Promise<FormAnswer> => {
  try {
    const answer = await ctx.mcpReq.send(
      { method: 'elicitation/create', params: { mode: 'form', ...formOf(question) } },
      { timeout, signal },
    );
    return answer.action === 'accept'
      ? { action: 'accept', id: answer.content?.id }
      : { action: answer.action };
  } catch (error) {
    return { action: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
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
