/** The meaning of the whole API: one handler for each action, by the names of the catalogue. */
import * as computeEnvs from './compute-envs.ts';
import * as computeNodes from './compute-nodes.ts';
import type { Handlers } from './handler.ts';
import * as jobs from './jobs.ts';
import * as machineTypes from './machine-types.ts';
import * as taskTemplates from './task-templates.ts';
import * as tasks from './tasks.ts';

export const handlers = {
  ...jobs,
  ...tasks,
  ...taskTemplates,
  ...computeEnvs,
  ...computeNodes,
  ...machineTypes,
} satisfies Handlers;
