/** The handlers of the protocol's requests. */
import {
  type CallToolResult,
  inputRequired,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Lazy } from '../../shared/lazy.ts';
import type { ConfirmPolicy } from '../contract/decision.ts';
import type { CallOutcome } from '../execute/call-tool.ts';
import { jobViewEntry, jobViewTool, jobViewUri } from '../job-view/view-resource.ts';
import type { PromptContext } from '../prompts/prompt-texts.ts';
import { fillPrompt, listPrompts } from '../prompts/prompts.ts';
import { cleanText, quoted } from '../render/untrusted.ts';
import type { ToolService } from '../tool-service.ts';
import { callerOf, canShowViews, clientOf, formOf } from './client-session.ts';
import type { JobSubscriptions } from './job-subscriptions.ts';
import { registerSkills, type SkillResources } from './skill-handlers.ts';
import { mayBeTask, registerTasks } from './task-handlers.ts';
import type { TaskCaller, Tasks } from './tasks.ts';
import { listFor } from './tool-list-for.ts';

export type Era = 'legacy' | 'modern';

export interface ServerFacts extends PromptContext {
  readonly version: string;
  /** Where calls go, for users and models. */
  readonly where: string;
  readonly confirm: ConfirmPolicy;
  readonly readOnly: boolean;
  /** Region of the resources that are listed without being requested. */
  readonly region: string | undefined;
  /** How long a user may think before a question counts as not answered. */
  readonly formTimeoutMs: number;
  /** Aborted when the session is ending. */
  readonly closing: AbortSignal;
  /** The calls that clients poll. */
  readonly tasks: Lazy<Tasks>;
}

interface Parts {
  readonly toolService: ToolService;
  readonly subscriptions: JobSubscriptions;
  readonly facts: ServerFacts;
}

export const registerHandlers = (server: Server, era: Era, parts: Parts): void => {
  registerTools(server, era, parts);
  registerResources(server, era, parts, registerSkills(server, parts.toolService, era === 'modern'));
  registerPrompts(server, parts);
  // Those of 2026-07-28 are one request, `subscriptions/listen`, which the SDK handles.
  if (era === 'legacy') registerSubscriptions(server, parts);
  else registerTasks(server, parts.facts.tasks);
};

const registerTools = (server: Server, era: Era, { toolService, subscriptions, facts }: Parts): void => {
  server.setRequestHandler('tools/list', async (_, ctx) => ({
    // The SDK's type of a schema is mutable; the list is never changed.
    tools: (await listFor(toolService, clientOf(server, era, ctx))) as unknown as {
      name: string;
      inputSchema: { type: 'object' };
    }[],
  }));
  server.setRequestHandler('tools/call', async (request, ctx) => {
    const { name, arguments: args = {} } = request.params;
    const tools = await listFor(toolService, clientOf(server, era, ctx));
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined) {
      throw invalidParams(`There is no tool ${quoted(name)} here; tools/list returns the available ones.`);
    }
    const caller = callerOf(server, era, ctx, facts);
    if (era === 'modern' && mayBeTask(name, clientOf(server, era, ctx).capabilities)) {
      const call = async (own: TaskCaller) =>
        resultOf(await toolService.call(name, args, { ...caller, ...own }));
      // The SDK's type of a result has no tasks; it sends them as they are.
      return (await (await facts.tasks()).run(call, caller.signal)) as CallToolResult;
    }
    const outcome = await toolService.call(name, args, caller);
    if (tool.annotations?.readOnlyHint === false) subscriptions.resumeAfter(args);
    return resultOf(outcome);
  });
};

/** The answer, or the question that has to be put to the user first. */
const resultOf = (outcome: CallOutcome) => {
  if (outcome.kind === 'answer') {
    // The SDK's types are mutable; a result is never changed.
    return outcome.answer as unknown as CallToolResult;
  }
  return inputRequired({
    inputRequests: { confirm: inputRequired.elicit(formOf(outcome)) },
    requestState: outcome.state,
  });
};

const registerResources = (
  server: Server,
  era: Era,
  { toolService, facts }: Parts,
  skills: SkillResources,
): void => {
  const hasView = async (ctx: ServerContext): Promise<boolean> =>
    canShowViews(clientOf(server, era, ctx).capabilities) && (await toolService.has(jobViewTool));
  server.setRequestHandler('resources/list', async (_, ctx) => ({
    resources: [
      ...(await toolService.resources(facts.region)).resources,
      ...(await skills.list()),
      ...((await hasView(ctx)) ? [jobViewEntry] : []),
    ],
  }));
  server.setRequestHandler('resources/templates/list', async () => ({
    resourceTemplates: [...(await toolService.resources(facts.region)).templates],
  }));
  server.setRequestHandler('resources/read', async (request, ctx) => {
    const { uri } = request.params;
    if (uri === jobViewUri && (await hasView(ctx))) {
      const { readJobView } = await import('../resources/job-view.ts');
      return readJobView(era === 'modern');
    }
    const outcome = uri.startsWith('skill:')
      ? await skills.read(uri)
      : await toolService.read(uri, callerOf(server, era, ctx, facts));
    if (outcome === undefined) throw new ResourceNotFoundError(cleanText(uri));
    if ('error' in outcome) {
      throw new ProtocolError(ProtocolErrorCode.InternalError, outcome.error, { ...outcome.fields });
    }
    const { ttlMs, ...rest } = outcome;
    return { contents: [rest], ...(era === 'modern' && { ttlMs, cacheScope: 'private' as const }) };
  });
};

const registerPrompts = (server: Server, { toolService, facts }: Parts): void => {
  const namesOfTools = async () => new Set((await toolService.list()).map(({ name }) => name));
  server.setRequestHandler('prompts/list', async () => ({
    prompts: [...listPrompts(await namesOfTools(), toolService)],
  }));
  server.setRequestHandler('prompts/get', async (request) => {
    const { name, arguments: values = {} } = request.params;
    const filled = fillPrompt(
      name,
      values,
      { ...facts, profiles: toolService.profiles },
      await namesOfTools(),
    );
    if (filled === undefined) throw invalidParams(`There is no prompt ${quoted(name)} here.`);
    if ('refusal' in filled) throw invalidParams(filled.refusal);
    return {
      description: filled.description,
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text: filled.text } }],
    };
  });
  server.setRequestHandler('completion/complete', async (request) => {
    const { ref, argument, context } = request.params;
    // Azure's ids have the same names as others, and are not completed.
    if (ref.type === 'ref/resource' && !ref.uri.startsWith('batch://')) return { completion: { values: [] } };
    const completed = await toolService.complete({ ...argument, context: context?.arguments ?? {} });
    return { completion: { ...completed } };
  });
};

const registerSubscriptions = (server: Server, { toolService, subscriptions }: Parts): void => {
  server.setRequestHandler('resources/subscribe', async (request) => {
    const { uri } = request.params;
    const isListed = await toolService.has('DescribeJob');
    if (!isListed || subscriptions.subscribe('connection', [uri]).length === 0) {
      throw invalidParams(
        `Only jobs (batch://{Region}/jobs/{JobId}) and the logs of their instances support subscriptions, not ${quoted(uri)}.`,
      );
    }
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', async (request) => {
    subscriptions.unsubscribe('connection', [request.params.uri]);
    return {};
  });
};

const invalidParams = (message: string): ProtocolError =>
  new ProtocolError(ProtocolErrorCode.InvalidParams, message);
