/** The resources of Azure Batch in the form of all resources. */
import { type Azure, azureResourceList, azureResourceTemplates, isNotFound } from '../../azure/index.ts';
import { untrustedText } from '../contract/untrusted-text.ts';
import { maskValues } from '../render/redact.ts';
import type { Disclosure } from '../render/render.ts';
import { cleanDeep, fenceMarkOf, fenceNoteOf, fenceOf } from '../render/untrusted.ts';
import type { ResourceContent } from './resource-content.ts';
import type { ListedTools, ResourceEntry, ResourceTemplateEntry } from './resource-list.ts';

/** The tool that reads the same data: a resource is available where its tool is listed. */
const toolByName: Readonly<Record<string, string>> = {
  'azure-jobs': 'AzureListJobs',
  'azure-job': 'AzureGetJob',
  'azure-task-file': 'AzureReadTaskFile',
};

const isAvailable = (name: string, tools: ListedTools): boolean => tools.has(toolByName[name] ?? '');

/** What is listed once an account is configured. */
export const azureResourcesOf = (
  tools: ListedTools,
): {
  readonly resources: readonly ResourceEntry[];
  readonly templates: readonly ResourceTemplateEntry[];
} => ({
  resources: azureResourceList
    .filter(({ name }) => isAvailable(name, tools))
    .map(({ title: _, ...resource }) => resource),
  templates: azureResourceTemplates
    .filter(({ name }) => isAvailable(name, tools))
    .map(({ uri, ...template }) => ({ uriTemplate: uri, ...template })),
});

/** Which of the resources a URI names; its syntax is checked where it is read. */
const nameOf = (uri: string): string => {
  if (/\/files\//.test(uri)) return 'azure-task-file';
  return /^batch-azure:\/\/jobs$/.test(uri) ? 'azure-jobs' : 'azure-job';
};

/** Names and texts in it are those of users and of the service. Parsed first: escaped characters are invisible, too. */
const cleanJson = (text: string): string => JSON.stringify(cleanDeep(JSON.parse(text)), null, 2);

/**
 * Reads one resource.
 * @returns undefined where there is no such resource, or where its tool is not listed
 * @throws other errors of the service
 */
export const readAzureResource = async (
  uri: string,
  azure: Azure,
  tools: ListedTools,
  disclosure: Disclosure,
  signal: AbortSignal,
): Promise<ResourceContent | undefined> => {
  if (!isAvailable(nameOf(uri), tools)) return undefined;
  try {
    const { text, blob, mimeType, isUntrusted } = await azure.resources.read(uri, signal);
    if (text === undefined) return { uri, mimeType, blob: blob ?? '', ttlMs: 0 };
    const safe = maskValues(text, disclosure.secrets);
    if (!isUntrusted) return { uri, mimeType, text: cleanJson(safe), ttlMs: 0 };
    const mark = fenceMarkOf(disclosure.random);
    const fenced = fenceOf(untrustedText(safe, 'file of a task'), mark);
    return { uri, mimeType, text: `${fenceNoteOf(mark)}\n${fenced}`, ttlMs: 0 };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
