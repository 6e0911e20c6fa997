/** The protocol's side of the toolbox: one server for both eras, on the SDK's plain `Server`. */
import {
  type CallToolResult,
  inputRequired,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
} from '@modelcontextprotocol/server';
import type { CallOutcome } from '../execute/call-tool.ts';
import type { ToolService } from '../tool-service.ts';
import { callerOf, formOf } from './client-session.ts';
import { type Conversation, conversationCapabilities, registerConversation } from './conversation.ts';

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
export const createServer = (
  era: 'legacy' | 'modern',
  toolbox: ToolService,
  conversation: Conversation,
  facts: ServerFacts,
): Server => {
  const server = new Server(
    { name: 'batch-mcp', title: 'Batch computing', version: facts.version },
    {
      capabilities: { tools: { listChanged: false }, ...conversationCapabilities },
      instructions: facts.instructions,
      cacheHints: {
        'server/discover': listHint,
        'tools/list': listHint,
        'resources/templates/list': listHint,
        'prompts/list': listHint,
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
    const outcome = await toolbox.call(name, args, caller);
    conversation.noticeCall(name, args);
    return resultOf(outcome);
  });
  server.setRequestHandler('resources/list', async () => ({
    resources: [...(await toolbox.resources(facts.region)).resources],
  }));
  server.setRequestHandler('resources/templates/list', async () => ({
    resourceTemplates: [...(await toolbox.resources(facts.region)).templates],
  }));
  server.setRequestHandler('resources/read', async (request, ctx) => {
    const { uri } = request.params;
    const content = await toolbox
      .read(uri, callerOf(server, era, ctx, facts.formTimeoutMs))
      .catch(async (error: unknown) => {
        throw await protocolErrorOf(error, uri);
      });
    if (content === undefined) throw new ResourceNotFoundError(uri);
    const { ttlMs, ...rest } = content;
    return { contents: [rest], ...(era === 'modern' && { ttlMs, cacheScope: 'private' as const }) };
  });
  registerConversation(server, era, conversation);
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

const protocolErrorOf = async (error: unknown, uri: string): Promise<Error> => {
  if (error instanceof ProtocolError) return error;
  // It knows the codes of the API, which nothing at a start needs.
  const { errorAnswerOf } = await import('../render/error-answer.ts');
  const { summary, fields, next = [] } = errorAnswerOf(error, uri);
  const detail = [fields.code, fields.message].filter(Boolean).join(': ');
  return new ProtocolError(
    ProtocolErrorCode.InternalError,
    [summary, detail, ...next].filter(Boolean).join(' '),
    { ...fields },
  );
};
