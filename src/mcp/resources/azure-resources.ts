/** The resources of Azure Batch in the form of all resources. */
import { type Azure, azureResourceList, azureResourceTemplates, isNotFound } from '../../azure/index.ts';
import { fence, fenceMarkOf, fenceNoteOf } from '../render/untrusted.ts';
import type { ResourceContent } from './resource-text.ts';

/** What is listed once an account is configured. */
export const listedAzureResources = {
  resources: azureResourceList.map(({ title: _, ...resource }) => resource),
  templates: azureResourceTemplates.map(({ uri, ...template }) => ({ uriTemplate: uri, ...template })),
};

/**
 * Reads one resource.
 * @returns nothing where there is no such resource
 * @throws what the service says otherwise
 */
export const readAzureResource = async (
  uri: string,
  azure: Azure,
  signal: AbortSignal,
  random: (bytes: number) => Uint8Array,
): Promise<ResourceContent | undefined> => {
  try {
    const { text, blob, mimeType, isUntrusted } = await azure.resources.read(uri, signal);
    if (text === undefined) return { uri, mimeType, blob: blob ?? '', ttlMs: 0 };
    if (!isUntrusted) return { uri, mimeType, text, ttlMs: 0 };
    const mark = fenceMarkOf(random);
    return { uri, mimeType, text: `${fenceNoteOf(mark)}\n${fence(text, mark, 'file of a task')}`, ttlMs: 0 };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
