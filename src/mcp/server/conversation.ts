/** What a server offers beside tools and resources: prompts, completions, and news of jobs. */
import {
  type JSONRPCMessage,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
} from '@modelcontextprotocol/server';
import type { BatchClient } from '../../client/batch-client.ts';
import { wait } from '../contract/wait.ts';
import { jobSnapshot } from '../jobs/job-snapshot.ts';
import type { PromptContext } from '../prompts/prompt-texts.ts';
import { fillPrompt, listPrompts } from '../prompts/prompts.ts';
import { createSubscriptions, type Subscriptions } from '../resources/subscriptions.ts';
import type { Complete } from './completion.ts';

export interface ConversationOptions extends PromptContext {
  /** The client, made when it is first needed. */
  readonly connect: () => Promise<BatchClient>;
  /** Region of calls that name none. */
  readonly region: string | undefined;
  /** Milliseconds, for durations: a clock that nobody sets back. */
  readonly now: () => number;
}

/** Outlives the servers, of which the SDK makes one for each protocol era it tries. */
export interface Conversation extends PromptContext {
  readonly complete: Complete;
  readonly subscriptions: Subscriptions;
  /** Makes a server the one that hears of changes; the last one is connected. */
  attach(server: Server): void;
  /** Has to hear of every tool call that was made: some of them give an ended job something to tell again. */
  noticeCall(tool: string, args: Readonly<Record<string, unknown>>): void;
  /** Has to see every message of the client: only the SDK's transport is told of `subscriptions/listen`. */
  observe(message: JSONRPCMessage): void;
}

/** Beside those of tools. Nothing that is listed ever changes; jobs do. */
export const conversationCapabilities = {
  prompts: { listChanged: false },
  completions: {},
  resources: { subscribe: true, listChanged: false },
} as const;

/** Name of the state in the notification: so a change is known even when the next one comes before it is read. */
const stateKey = 'batch-mcp/JobState';

/** What can be done to a job that has ended. */
const revives = new Set(['RetryJobs', 'DeleteJob']);

export const createConversation = (options: ConversationOptions): Conversation => {
  const { connect, region, site, now } = options;
  let server: Server | undefined;
  let completing: Promise<Complete> | undefined;
  const subscriptions = createSubscriptions({
    read: async (where, JobId, signal) =>
      jobSnapshot((await (await connect()).call('DescribeJob', { JobId }, { region: where, signal })).output),
    notify: (uri, JobState) => {
      // A client that has gone hears of nothing, and that is no error.
      server
        ?.sendResourceUpdated({ uri, ...(JobState !== undefined && { _meta: { [stateKey]: JobState } }) })
        .catch(() => undefined);
    },
    wait,
    now,
  });
  return {
    site,
    subscriptions,
    complete: async (request) => {
      // Loaded at the first completion: the names of regions and actions come with the whole catalogue.
      completing ??= import('./completion.ts').then(({ createCompletion }) =>
        createCompletion({
          call: async (action, input, where, signal) =>
            (
              await (
                await connect()
              ).call(action, input, {
                signal,
                ...(where === undefined ? {} : { region: where }),
              })
            ).output,
          region,
          wait,
          now,
        }),
      );
      return (await completing)(request);
    },
    attach: (next) => {
      server = next;
    },
    noticeCall: (tool, { JobId, JobIds }) => {
      if (!revives.has(tool)) return;
      for (const id of Array.isArray(JobIds) ? JobIds : [JobId]) subscriptions.resume(String(id));
    },
    observe: (message) => observeListen(message, subscriptions),
  };
};

/**
 * Registers the handlers on one server.
 * @param era subscriptions of 2025-11-25 and before are requests; those of 2026-07-28 are seen by `observe`
 */
export const registerConversation = (
  server: Server,
  era: 'legacy' | 'modern',
  conversation: Conversation,
): void => {
  conversation.attach(server);
  server.setRequestHandler('prompts/list', async () => ({ prompts: [...listPrompts()] }));
  server.setRequestHandler('prompts/get', async (request) => {
    const { name, arguments: values = {} } = request.params;
    const filled = fillPrompt(name, values, conversation);
    if (filled === undefined) throw wrong(`There is no prompt ${JSON.stringify(name)} here.`);
    if ('refusal' in filled) throw wrong(filled.refusal);
    return {
      description: filled.description,
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text: filled.text } }],
    };
  });
  server.setRequestHandler('completion/complete', async (request) => {
    const { ref, argument, context } = request.params;
    // Azure's ids go by the same names and are not ours to complete.
    if (ref.type === 'ref/resource' && !ref.uri.startsWith('batch://')) return { completion: { values: [] } };
    const completed = await conversation.complete({ ...argument, context: context?.arguments ?? {} });
    return { completion: { ...completed } };
  });
  if (era === 'modern') return;
  server.setRequestHandler('resources/subscribe', async (request) => {
    const { uri } = request.params;
    if (conversation.subscriptions.subscribe('connection', [uri]).length === 0) {
      throw wrong(
        `Only jobs can be subscribed to (batch://{Region}/jobs/{JobId}), not ${JSON.stringify(uri)}.`,
      );
    }
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', async (request) => {
    conversation.subscriptions.unsubscribe('connection', [request.params.uri]);
    return {};
  });
};

const wrong = (message: string): ProtocolError => new ProtocolError(ProtocolErrorCode.InvalidParams, message);

const versionKey = 'io.modelcontextprotocol/protocolVersion';

/** The SDK answers `subscriptions/listen` itself and tells no server of it, so who listens to what is read off here. */
const observeListen = (message: JSONRPCMessage, subscriptions: Subscriptions): void => {
  if (!('method' in message)) return;
  const params: Readonly<Record<string, unknown>> = message.params ?? {};
  if (message.method === 'notifications/cancelled') {
    subscriptions.unsubscribe(`stream ${JSON.stringify(params.requestId)}`);
  }
  const isModern = message.params?._meta?.[versionKey] !== undefined;
  if (message.method !== 'subscriptions/listen' || !('id' in message) || !isModern) return;
  const { notifications } = params;
  const uris =
    typeof notifications === 'object' && notifications !== null && 'resourceSubscriptions' in notifications
      ? notifications.resourceSubscriptions
      : undefined;
  if (!Array.isArray(uris)) return;
  subscriptions.subscribe(
    `stream ${JSON.stringify(message.id)}`,
    uris.filter((uri) => typeof uri === 'string'),
  );
};
