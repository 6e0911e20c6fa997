/** The registry: one handler for each action of the catalogue. */
import { computeEnvHandlers } from './compute-envs.ts';
import { computeNodeHandlers } from './compute-nodes.ts';
import type { Handlers } from './handler.ts';
import { jobHandlers } from './jobs.ts';
import { machineTypeHandlers } from './machine-types.ts';
import { taskTemplateHandlers } from './task-templates.ts';
import { taskHandlers } from './tasks.ts';

export const handlers = {
  ...jobHandlers,
  ...taskHandlers,
  ...taskTemplateHandlers,
  ...computeEnvHandlers,
  ...computeNodeHandlers,
  ...machineTypeHandlers,
} satisfies Handlers;
