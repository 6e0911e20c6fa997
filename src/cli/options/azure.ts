/** Options of Azure Batch. */
import type { Option } from '../option.ts';

export const azureOptions = {
  azureEndpoint: {
    kind: 'string',
    value: 'URL',
    group: 'azure',
    env: ['AZURE_BATCH_ENDPOINT'],
    help: 'Endpoint of the Azure Batch account; enables the Azure tools.',
  },
  azureAccount: {
    kind: 'string',
    value: 'NAME',
    group: 'azure',
    env: ['AZURE_BATCH_ACCOUNT'],
    help: "Name of the Azure Batch account. Default: the first label of the endpoint's host.",
  },
  azureAllowedHosts: {
    kind: 'list',
    item: { pattern: /^\.?[A-Za-z0-9.-]+$/, example: 'a host, or a suffix with a leading dot' },
    isSafety: true,
    value: 'HOST,…',
    group: 'azure',
    help: 'Further hosts that the Endpoint argument may name; a leading dot allows all subdomains.',
  },
  azureJsonDir: {
    kind: 'string',
    isSafety: true,
    format: 'path',
    value: 'DIR',
    group: 'azure',
    help: 'The only directory from which JsonFilePath is read.',
  },
  azureApiVersion: {
    kind: 'string',
    value: 'VERSION',
    default: '2025-06-01',
    group: 'azure',
    env: ['AZURE_BATCH_API_VERSION'],
    help: 'Version of the Azure Batch API.',
  },
} as const satisfies Readonly<Record<string, Option>>;
