/** The protocol's side of the tool service: one server for both eras, on the SDK's plain `Server`. */
import { Server } from '@modelcontextprotocol/server';
import type { ToolService } from '../tool-service.ts';
import { instructionsOf } from './instructions.ts';
import type { JobSubscriptions } from './job-subscriptions.ts';
import { type Era, registerHandlers, type ServerFacts } from './request-handlers.ts';
import { skillsExtension } from './skill-handlers.ts';
import { tasksExtension } from './task-handlers.ts';

// The lists are the same for the life of the process, and but for tools and resources for every client.
const listHint = { ttlMs: 3_600_000, cacheScope: 'public' } as const;

/**
 * Creates one server for one connection. The SDK may create several for one process, so there is no state in here.
 * @param era which protocol the connection speaks
 */
export const createServer = async (
  era: Era,
  toolService: ToolService,
  subscriptions: JobSubscriptions,
  facts: ServerFacts,
): Promise<Server> => {
  const tools = await toolService.list();
  const server = new Server(
    { name: 'batch-mcp', title: 'Batch computing', version: facts.version },
    {
      capabilities: {
        tools: { listChanged: false },
        prompts: { listChanged: false },
        completions: {},
        resources: { subscribe: true, listChanged: false },
        extensions: { [skillsExtension]: {}, ...(era === 'modern' && { [tasksExtension]: {} }) },
      },
      instructions: instructionsOf({
        where: facts.where,
        policy: facts.confirm,
        isReadOnly: facts.readOnly,
        tools,
      }),
      cacheHints: {
        'server/discover': listHint,
        // A client that shows views gets more.
        'tools/list': { ...listHint, cacheScope: 'private' },
        'resources/templates/list': listHint,
        'prompts/list': listHint,
        'resources/list': { ttlMs: 5_000, cacheScope: 'private' },
        'resources/read': { ttlMs: 0, cacheScope: 'private' },
      },
    },
  );
  subscriptions.attach(server);
  registerHandlers(server, era, { toolService, subscriptions, facts });
  return server;
};
