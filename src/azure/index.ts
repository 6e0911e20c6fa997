/** Azure Batch: seven tools and three kinds of resource. Azure's libraries are loaded by the first call. */
import type { ListableTool, Tool } from '../mcp/contract/tool.ts';
import { ConfigError } from '../shared/errors.ts';
import { configuredEndpoint } from './http/endpoint.ts';
import { createWire } from './http/wire.ts';
import { type AzureResources, createResources } from './resources.ts';
import type { AzureSettings } from './settings.ts';
import type { ToolDefinition } from './tools/define-tool.ts';
import { AzureDisableJob, AzureEnableJob } from './tools/disable.ts';
import { AzureGetJob, AzureListJobs } from './tools/jobs.ts';
import { AzureReadTaskFile } from './tools/read-task-file.ts';
import { AzureListTasks } from './tools/tasks.ts';
import { AzureTerminateJob } from './tools/terminate.ts';

export type { AzureContent, AzureResource, AzureResources } from './resources.ts';
export { azureResourceList, azureResourceTemplates, isNotFound } from './resources.ts';
export type { AzureSettings } from './settings.ts';

const definitions: readonly ToolDefinition[] = [
  AzureListJobs,
  AzureGetJob,
  AzureListTasks,
  AzureReadTaskFile,
  AzureDisableJob,
  AzureEnableJob,
  AzureTerminateJob,
];

/** The tools without an account, in the order in which they are listed. */
export const listableAzureTools: readonly ListableTool[] = definitions;

export interface Azure {
  readonly tools: readonly Tool[];
  readonly resources: AzureResources;
}

/**
 * Creates the tools and resources of one account.
 * Invalid settings do not throw here: each call fails with the reason, see `settingsProblem`.
 */
export const createAzure = (settings: AzureSettings): Azure => {
  const wire = createWire(settings);
  return {
    tools: definitions.map((definition) => definition.bind(wire)),
    resources: createResources(wire),
  };
};

/** What is wrong with the settings, if anything. */
export const settingsProblem = (settings: AzureSettings): string | undefined => {
  try {
    configuredEndpoint(settings);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};
