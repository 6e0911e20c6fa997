/** The tool service of one account, as the configuration describes it. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { AzureSettings } from '../../azure/index.ts';
import type { AllowedVariable } from '../../mcp/arguments/environment-values.ts';
import { createToolService, type ToolService, type ToolServiceOptions } from '../../mcp/tool-service.ts';
import { randomBytes } from '../../shared/random.ts';
import type { Config } from '../config.ts';
import type { Target } from './target.ts';

export interface OpenedService {
  readonly toolService: ToolService;
  /** Description for users and models. */
  readonly where: string;
  /** Default region. */
  readonly region: string | undefined;
  /** The vendor's site; absent for other endpoints, whose offers are unknown. */
  readonly site: Config['site'] | undefined;
}

/**
 * Creates the service of one account.
 * @param connect opens the client; a profile restricts its regions this way
 */
export const openAccountService = (
  config: Config,
  target: Target,
  connect: ToolServiceOptions['connect'] = async () => (await target.connect()).client,
): OpenedService => ({
  toolService: createToolService(toolServiceOptionsOf(config, target, connect)),
  where: target.where,
  region: target.region,
  site: siteOf(config),
});

const siteOf = (config: Config): Config['site'] | undefined =>
  config.local || config.endpoint !== undefined ? undefined : config.site;

const toolServiceOptionsOf = (
  config: Config,
  target: Target,
  connect: ToolServiceOptions['connect'],
): ToolServiceOptions => ({
  connect,
  profile: config.profile ?? '',
  confirm: config.confirm,
  readOnly: config.readOnly,
  tools: config.toolSelections,
  schemas: config.schemas,
  ...(hasAzure(config) && {
    loadAzure: async () => (await import('../../azure/index.ts')).createAzure(azureSettingsOf(config)),
  }),
  region: target.region,
  dataDir: config.dataDir,
  dataDirProblem: config.problems.find(({ option }) => option === 'dataDir')?.message,
  auditFile: config.auditFile,
  workflows: {
    limits: {
      maxInstances: config.maxInstances,
      maxNodes: config.maxNodes,
      maxHourlyPrice: config.maxHourlyPrice,
    },
    site: siteOf(config),
    logPath: config.logPath?.replace(/\/*$/, '/'),
  },
  buckets: config.buckets,
  files: fileOptionsOf(config),
  environment: { allowed: config.allowEnv.map(allowedVariableOf), read: (name) => config.environment[name] },
  shownVariables: config.showEnv.includes('all') ? 'all' : config.showEnv,
  now: Date.now,
  random: randomBytes,
});

/** Without a directory and without a bucket there is nothing that the file tools could use. */
const fileOptionsOf = ({ filesDir, buckets, fileLinks, dataDir }: Config): ToolServiceOptions['files'] =>
  filesDir === undefined && buckets.length === 0
    ? undefined
    : {
        filesDir: filesDir === undefined ? undefined : resolve(filesDir),
        dataDir,
        links: fileLinks,
        random: randomBytes,
        now: Date.now,
        owner: {
          hostname: hostname(),
          pid: process.pid,
          startedAt: Math.round(performance.timeOrigin),
        },
      };

/** `NAME=Field`; without a field, the variable may be used in fields that are marked secret. */
const allowedVariableOf = (item: string): AllowedVariable => {
  const [name = '', field = ''] = item.split('=');
  return { name, field };
};

/** An invalid endpoint counts: the tools are then listed, and each call says what is wrong. */
const hasAzure = ({ azureEndpoint, problems }: Config): boolean =>
  azureEndpoint !== undefined || problems.some(({ option }) => option === 'azureEndpoint');

export const azureSettingsOf = (config: Config): AzureSettings => ({
  endpoint: config.azureEndpoint ?? '',
  account: config.azureAccount,
  // A key is read from a variable only: other users can read the arguments of a process.
  accessKey: config.environment.AZURE_BATCH_ACCESS_KEY,
  allowedHosts: config.azureAllowedHosts,
  jsonDirectory: config.azureJsonDir,
  apiVersion: config.azureApiVersion,
  problem: config.problems.find(
    ({ option, message }) =>
      option?.startsWith('azure') ||
      message.startsWith('AZURE_') ||
      // Azure's libraries read the proxies of the environment themselves.
      (option === undefined && /^https?_proxy /i.test(message) && config.azureEndpoint?.startsWith('https:')),
  )?.message,
});
