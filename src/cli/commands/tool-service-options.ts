/** What this configuration wants of a toolbox. */

import type { ToolService, ToolServiceOptions } from '../../mcp/tool-service.ts';
import type { Config } from '../config.ts';
import type { Target } from './target.ts';

export interface OpenToolService {
  readonly toolService: ToolService;
  /** For people and models. */
  readonly where: string;
  /** Region of calls that name none. */
  readonly region: string | undefined;
  readonly site: Config['site'] | undefined;
}

/** What an address of one's own offers is not known; the sites' own differences are theirs. */
export const siteOf = (config: Config): Config['site'] | undefined =>
  config.local || config.endpoint !== undefined ? undefined : config.site;

export const toolServiceOptionsOf = (config: Config, target: Target): ToolServiceOptions => ({
  connect: async () => (await target.open()).client,
  identityOf: async () => {
    const { account, region } = await (await target.open()).credentials.get();
    return { profile: config.profile ?? '', credential: account, region };
  },
  confirm: config.confirm,
  readOnly: config.readOnly,
  tools: config.tools,
  schemas: config.schemas,
  ...(config.azureEndpoint !== undefined && { loadAzure: loadAzureOf(config, config.azureEndpoint) }),
  dataDir: config.dataDir,
  auditFile: config.auditFile,
  workflows: {
    limits: {
      maxInstances: config.maxInstances,
      maxNodes: config.maxNodes,
      maxHourlyPrice: config.maxHourlyPrice,
    },
    site: siteOf(config),
  },
  environment: { allowed: config.allowEnv, read: (name) => config.environment[name] },
  now: Date.now,
  // The global one: importing node:crypto is felt at every start.
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
});

const loadAzureOf = (config: Config, endpoint: string) => async () =>
  (await import('../../azure/index.ts')).createAzure({
    endpoint,
    account: config.azureAccount,
    // A key is only ever given by a variable: arguments of a process can be read by others.
    accessKey: config.environment.AZURE_BATCH_ACCESS_KEY,
    allowedHosts: config.azureAllowedHosts,
    jsonFolder: config.azureJsonDir,
    apiVersion: config.azureApiVersion,
  });
