/** Every option in one table: the parser, `--help` and the README's section are generated from it. */
import type { Option, ValueOf } from './option.ts';

const day = 86_400;
// 1 to 65535
const portPattern = /^(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/;
const limitNames = 'one of cpu=SECONDS, memory=MIB, file=MIB, files=N, processes=N, disk=MIB';

export const options = {
  local: {
    kind: 'boolean',
    group: 'where',
    help: 'Use the local engine on this machine; the first call that needs it starts it.',
  },
  region: {
    kind: 'string',
    format: 'region',
    value: 'REGION',
    group: 'where',
    env: ['TENCENTCLOUD_REGION'],
    help: 'Default region, such as ap-guangzhou.',
  },
  endpoint: {
    kind: 'string',
    value: 'URL',
    group: 'where',
    help: 'Another address of the API, with http:// or https://; or `regional` or `internal`.',
  },
  site: {
    kind: 'choice',
    choices: ['cn', 'intl'],
    default: 'cn',
    group: 'where',
    help: 'Site the account belongs to; selects hosts and rate limits. SubmitJob does not exist on intl.',
  },
  config: {
    kind: 'string',
    isSafety: true,
    format: 'path',
    value: 'FILE',
    group: 'where',
    help: 'JSON file of named profiles, each with account, region, endpoint and policy.',
  },
  profile: {
    kind: 'string',
    isSafety: true,
    value: 'NAME',
    group: 'where',
    help: 'Default profile of --config.',
  },
  tccliProfile: {
    kind: 'string',
    value: 'NAME',
    group: 'where',
    env: ['TCCLI_PROFILE'],
    help: 'Profile of the Tencent Cloud CLI (tccli) whose login is used.',
  },
  timeout: {
    kind: 'number',
    value: 'SECONDS',
    min: 1,
    max: 600,
    default: 60,
    group: 'where',
    help: 'Time limit of one request.',
  },
  ca: {
    kind: 'string',
    format: 'path',
    value: 'FILE',
    group: 'where',
    help: 'PEM file of additional certificate authorities to trust.',
  },
  rateLimit: {
    kind: 'choice',
    choices: ['cn', 'intl'],
    group: 'where',
    help: 'Keep to the documented rates of this site, also with the local engine; for `engine`: enforce them.',
  },
  noRateLimit: { kind: 'boolean', group: 'where', help: 'Do not limit the rate of requests.' },

  confirm: {
    kind: 'choice',
    choices: ['auto', 'ask', 'flag', 'none'],
    aliases: { 'ask-or-flag': 'auto' },
    default: 'auto',
    group: 'safety',
    help: 'How destructive calls are confirmed: by a form (ask), by a preview code (flag), by whichever the client supports (auto).',
  },
  readOnly: { kind: 'boolean', group: 'safety', help: 'List and allow only tools that read.' },
  allowEnv: {
    kind: 'list',
    item: { pattern: /^[A-Za-z_]\w*(?:=[A-Za-z_][\w.]*)?$/, example: 'NAME or NAME=Field' },
    value: 'NAME[=FIELD],…',
    group: 'safety',
    help: 'Environment variables that secret fields may reference as ${env:NAME}; NAME=Field allows that argument field instead.',
  },
  showEnv: {
    kind: 'list',
    item: { pattern: /^[A-Za-z_][\w.-]*$/, example: 'the name of a variable, or all' },
    value: 'NAME,…|all',
    group: 'safety',
    help: 'Variables of jobs (EnvVars) whose values are shown in answers; all others are masked.',
  },
  maxInstances: {
    kind: 'number',
    value: 'N',
    min: 1,
    max: 1_000_000,
    group: 'safety',
    help: 'Refuse jobs with more task instances than this.',
  },
  maxNodes: {
    kind: 'number',
    value: 'N',
    min: 0,
    max: 2000,
    group: 'safety',
    help: 'Refuse compute environments with more nodes than this.',
  },
  maxHourlyPrice: {
    kind: 'number',
    value: 'PRICE',
    min: 0,
    max: 1_000_000,
    group: 'safety',
    help: 'Refuse what could cost more per hour, in the currency of the price list.',
  },
  auditFile: {
    kind: 'string',
    format: 'path',
    value: 'FILE',
    group: 'safety',
    help: 'File that records every changing call; `off` records nothing. Default: audit.jsonl in the data directory.',
  },

  tools: {
    kind: 'list',
    item: { pattern: /^-?[A-Za-z][\w-]*$/, example: 'a group or a tool, with or without a leading -' },
    isSafety: true,
    value: 'NAME,…',
    group: 'tools',
    help: 'Groups or tools to list; a leading - removes one. Groups: job, task-template, compute-env, machine-type, workflow, azure.',
  },
  schemas: {
    kind: 'choice',
    choices: ['compact', 'full'],
    default: 'compact',
    group: 'tools',
    help: 'Whether nested arguments are listed in short, with a reference, or in full.',
  },

  sandbox: {
    kind: 'choice',
    isSafety: true,
    choices: ['auto', 'bwrap', 'none'],
    default: 'auto',
    group: 'engine',
    help: 'How the local engine isolates jobs; `none` runs them as ordinary processes of the user.',
  },
  sandboxNet: {
    kind: 'boolean',
    isSafety: true,
    group: 'engine',
    help: 'Allow sandboxed jobs to use the network.',
  },
  port: {
    kind: 'number',
    value: 'PORT',
    min: 0,
    max: 65_535,
    default: 0,
    group: 'engine',
    help: 'Port of the local engine; 0 selects a free one.',
  },
  slots: {
    kind: 'number',
    value: 'N',
    min: 1,
    max: 256,
    group: 'engine',
    help: 'Task instances the local engine runs at the same time. Default: the number of cores.',
  },
  limits: {
    kind: 'list',
    item: { pattern: /^(?:cpu|memory|file|files|processes|disk)=[1-9]\d{0,11}$/, example: limitNames },
    isSafety: true,
    value: 'NAME=N,…',
    group: 'engine',
    help: 'Limits of each task instance: cpu (seconds), memory and file (MiB), files, processes; disk (MiB) of all together. See docs/engine.md.',
  },
  packagePorts: {
    kind: 'list',
    isSafety: true,
    item: { pattern: portPattern, example: 'a port' },
    value: 'PORT,…',
    group: 'engine',
    help: 'Ports of this machine that packages (PackagePath http://) may be downloaded from. Default: none.',
  },
  maxLogBytes: {
    kind: 'number',
    value: 'BYTES',
    min: 4096,
    max: 1_073_741_824,
    default: 67_108_864,
    group: 'engine',
    help: 'Maximum size of one log; its beginning and end are retained.',
  },
  idleExit: {
    kind: 'number',
    value: 'SECONDS',
    min: 1,
    max: 7 * day,
    default: 1800,
    group: 'engine',
    help: 'A local engine started on demand exits after this time without a job or a call.',
  },
  docker: {
    kind: 'boolean',
    isSafety: true,
    group: 'engine',
    help: 'Allow jobs with Docker options to use the container runtime of this machine.',
  },
  faults: {
    kind: 'string',
    format: 'path',
    value: 'FILE',
    group: 'engine',
    help: 'JSON file of faults for the local engine to inject, to test a client.',
  },

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

  dataDir: {
    kind: 'string',
    format: 'path',
    value: 'DIR',
    group: 'program',
    help: 'Directory of everything the program writes. Default: the data directory of the platform.',
  },
  logLevel: {
    kind: 'choice',
    choices: ['error', 'warn', 'info', 'debug'],
    default: 'warn',
    group: 'program',
    help: 'Verbosity of the log on stderr.',
  },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof options;
export const optionNames = Object.keys(options) as readonly OptionName[];

type OptionsTable = typeof options;
type IsDefined<O extends Option> = O extends { kind: 'boolean' | 'list' } | { default: unknown }
  ? true
  : false;

/** The values of all options; those with a default are always defined. */
export type OptionValues = {
  readonly [K in OptionName]: IsDefined<OptionsTable[K]> extends true
    ? ValueOf<OptionsTable[K]>
    : ValueOf<OptionsTable[K]> | undefined;
};
