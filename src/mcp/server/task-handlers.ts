/** The extension `io.modelcontextprotocol/tasks`: which calls may become tasks, and the requests about them. */
import {
  type ClientCapabilities,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Lazy } from '../../shared/lazy.ts';
import { clientOf } from './client-session.ts';
import type { Tasks } from './tasks.ts';

/** https://github.com/modelcontextprotocol/ext-tasks */
export const tasksExtension = 'io.modelcontextprotocol/tasks';

/** They may take long, change nothing, and ask the user nothing. */
const taskTools = ['WaitForJob', 'SearchTaskLogs'];

const hasTasks = (capabilities: ClientCapabilities | undefined): boolean =>
  capabilities?.extensions?.[tasksExtension] !== undefined;

/** Whether a call may become a task: the client declares the extension with each request. */
export const mayBeTask = (tool: string, capabilities: ClientCapabilities | undefined): boolean =>
  taskTools.includes(tool) && hasTasks(capabilities);

/**
 * Registers the requests, for protocol version 2026-07-28. The SDK knows the methods of an earlier version only, so their
 * parameters are described here.
 */
export const registerTasks = (server: Server, tasks: Lazy<Tasks>): void => {
  const handle = (method: string, act: (all: Tasks, taskId: string) => object | undefined): void =>
    server.setRequestHandler(
      method,
      { params: z.looseObject({ taskId: z.string() }) },
      async ({ taskId }, ctx: ServerContext) => {
        if (!hasTasks(clientOf(server, 'modern', ctx).capabilities)) {
          throw new MissingRequiredClientCapabilityError({
            requiredCapabilities: { extensions: { [tasksExtension]: {} } },
          });
        }
        const found = act(await tasks(), taskId);
        if (found !== undefined) return { resultType: 'complete', ...found };
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          'There is no such task: it has expired, or belongs to another session.',
        );
      },
    );
  handle('tasks/get', (all, taskId) => all.get(taskId));
  handle('tasks/cancel', (all, taskId) => (all.cancel(taskId) ? {} : undefined));
  // No task asks for input, so there is nothing to update.
  handle('tasks/update', (all, taskId) => (all.get(taskId) === undefined ? undefined : {}));
};
