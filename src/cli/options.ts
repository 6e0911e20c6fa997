/** Every option of the program in one table: the parser, `--help` and the README's section are made from it. */
import type { Option, ValueOf } from './option.ts';

export const commandNames = ['serve', 'engine', 'call', 'read', 'tools', 'demo', 'doctor', 'audit'] as const;
export type CommandName = (typeof commandNames)[number];

/** What each command does, in the order of `--help`. */
export const commands: Readonly<Record<CommandName, { readonly usage: string; readonly summary: string }>> = {
  serve: { usage: 'batch-mcp', summary: 'Serve MCP on stdin and stdout. This is what an assistant starts.' },
  demo: {
    usage: 'batch-mcp demo',
    summary: 'Show everything on the local engine, in about a minute, without an account.',
  },
  engine: {
    usage: 'batch-mcp engine [status | stop | files ls|put|get …]',
    summary: 'Run the local engine in the foreground, look at it, stop it, or reach its storage.',
  },
  call: { usage: "batch-mcp call TOOL 'JSON'", summary: 'Call one tool and print its result as JSON.' },
  read: { usage: 'batch-mcp read URI', summary: 'Read one resource and print it as JSON.' },
  tools: { usage: 'batch-mcp tools', summary: 'Print the list of tools as JSON.' },
  doctor: {
    usage: 'batch-mcp doctor',
    summary: 'Check credentials, region, clock and endpoint, and say what to do.',
  },
  audit: { usage: 'batch-mcp audit verify', summary: 'Check that the audit file is whole.' },
};

const day = 86_400;

export const options = {
  local: {
    kind: 'switch',
    group: 'where',
    help: 'Use the local engine on this machine; it is started when the first call needs it.',
  },
  region: {
    kind: 'text',
    value: 'REGION',
    group: 'where',
    env: ['TENCENTCLOUD_REGION'],
    help: 'Region used where a call names none, such as ap-guangzhou.',
  },
  endpoint: {
    kind: 'text',
    value: 'URL',
    group: 'where',
    help: 'Any other address of the API, with http:// or https://; or `regional` or `internal`.',
  },
  site: {
    kind: 'choice',
    choices: ['cn', 'intl'],
    default: 'cn',
    group: 'where',
    help: 'Which site the account belongs to: its hosts and its rates. SubmitJob does not exist on intl.',
  },
  config: {
    kind: 'text',
    value: 'FILE',
    group: 'where',
    help: 'JSON file with named profiles: account, region, endpoint and policy each.',
  },
  profile: {
    kind: 'text',
    value: 'NAME',
    group: 'where',
    help: 'Profile of --config used where a call names none.',
  },
  tccliProfile: {
    kind: 'text',
    value: 'NAME',
    group: 'where',
    env: ['TCCLI_PROFILE'],
    help: "Profile of the vendor's command line whose login is used.",
  },
  timeout: {
    kind: 'number',
    value: 'SECONDS',
    min: 1,
    max: 600,
    default: 60,
    group: 'where',
    help: 'Longest time one request may take.',
  },
  ca: {
    kind: 'text',
    value: 'FILE',
    group: 'where',
    help: 'PEM file of a certificate authority to trust beside the usual ones.',
  },
  rateLimit: {
    kind: 'choice',
    choices: ['cn', 'intl'],
    group: 'where',
    help: 'Keep to the documented rates of that site, also on this machine; for `engine`: enforce them.',
  },
  noRateLimit: { kind: 'switch', group: 'where', help: 'Do not pace requests.' },

  confirm: {
    kind: 'choice',
    choices: ['ask-or-flag', 'ask', 'flag', 'none'],
    default: 'ask-or-flag',
    group: 'safety',
    help: 'How a destructive call is confirmed: the person is asked, or preview and confirm flag, or not at all.',
  },
  readOnly: { kind: 'switch', group: 'safety', help: 'List and allow only what reads.' },
  allowEnv: {
    kind: 'list',
    value: 'NAME,…',
    group: 'safety',
    help: 'Environment variables a secret field may name as ${env:NAME}.',
  },
  maxInstances: {
    kind: 'number',
    value: 'N',
    min: 1,
    max: 1_000_000,
    group: 'safety',
    help: 'Refuse jobs of more task instances than this.',
  },
  maxNodes: {
    kind: 'number',
    value: 'N',
    min: 0,
    max: 2000,
    group: 'safety',
    help: 'Refuse compute environments of more nodes than this.',
  },
  maxHourlyPrice: {
    kind: 'number',
    value: 'PRICE',
    min: 0,
    max: 1_000_000,
    group: 'safety',
    help: 'Refuse what could cost more than this an hour, in the currency of the price list.',
  },
  auditFile: {
    kind: 'text',
    value: 'FILE',
    group: 'safety',
    help: 'Where each changing call is written down; `off` writes nothing. Default: audit.jsonl in the data directory.',
  },

  tools: {
    kind: 'list',
    value: 'NAME,…',
    group: 'tools',
    help: 'Groups or single tools to list; a leading - takes one away. Groups: job, task-template, compute-env, machine-type, workflow, azure.',
  },
  schemas: {
    kind: 'choice',
    choices: ['compact', 'full'],
    default: 'compact',
    group: 'tools',
    help: 'Whether nested arguments are shown in short, with a reference, or whole.',
  },

  sandbox: {
    kind: 'choice',
    choices: ['auto', 'bwrap', 'none'],
    default: 'auto',
    group: 'engine',
    help: 'How the local engine shuts jobs in; `none` runs them as plain processes of yours.',
  },
  sandboxNet: { kind: 'switch', group: 'engine', help: 'Let sandboxed jobs use the network.' },
  port: {
    kind: 'number',
    value: 'PORT',
    min: 0,
    max: 65_535,
    default: 0,
    group: 'engine',
    help: 'Port of the local engine; 0 takes a free one.',
  },
  slots: {
    kind: 'number',
    value: 'N',
    min: 1,
    max: 256,
    group: 'engine',
    help: 'Task instances the local engine runs at once. Default: the number of cores.',
  },
  limits: {
    kind: 'list',
    value: 'NAME=N,…',
    group: 'engine',
    help: 'Limits for each task instance: cpu (seconds), memory and file (MiB), processes.',
  },
  maxLogBytes: {
    kind: 'number',
    value: 'BYTES',
    min: 4096,
    max: 1_073_741_824,
    default: 67_108_864,
    group: 'engine',
    help: 'Ceiling of one log; its head and tail are kept.',
  },
  idleExit: {
    kind: 'number',
    value: 'SECONDS',
    min: 1,
    max: 7 * day,
    default: 1800,
    group: 'engine',
    help: 'A local engine that was started by itself ends after so long without a job or a call.',
  },
  docker: {
    kind: 'switch',
    group: 'engine',
    help: 'Let jobs with Docker options use the container runtime of this machine.',
  },
  faults: {
    kind: 'text',
    value: 'FILE',
    group: 'engine',
    help: 'Make the local engine fail as this file says, to test a client.',
  },

  azureEndpoint: {
    kind: 'text',
    value: 'URL',
    group: 'azure',
    env: ['AZURE_BATCH_ENDPOINT'],
    help: 'Azure Batch account endpoint; switches the Azure tools on.',
  },
  azureAccount: {
    kind: 'text',
    value: 'NAME',
    group: 'azure',
    env: ['AZURE_BATCH_ACCOUNT'],
    help: "Name of the account, where it is not the first part of the endpoint's host.",
  },
  azureAllowedHosts: {
    kind: 'list',
    value: 'HOST,…',
    group: 'azure',
    help: 'Further hosts that the argument Endpoint may name; a leading dot allows an ending.',
  },
  azureJsonDir: {
    kind: 'text',
    value: 'DIR',
    group: 'azure',
    help: 'The only folder from which JsonFilePath may be read.',
  },
  azureApiVersion: {
    kind: 'text',
    value: 'VERSION',
    default: '2025-06-01',
    group: 'azure',
    env: ['AZURE_BATCH_API_VERSION'],
    help: 'Version of the Azure Batch API.',
  },

  dataDir: {
    kind: 'text',
    value: 'DIR',
    group: 'program',
    help: 'Holds everything any command writes. Default: the data directory of your system.',
  },
  logLevel: {
    kind: 'choice',
    choices: ['error', 'warn', 'info', 'debug'],
    default: 'warn',
    group: 'program',
    help: 'How much is said on stderr.',
  },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof options;
export const optionNames = Object.keys(options) as readonly OptionName[];

/** The values of all options: those with a default are always there. */
export type OptionValues = {
  readonly [K in OptionName]: (typeof options)[K] extends { kind: 'switch' | 'list' } | { default: unknown }
    ? ValueOf<(typeof options)[K]>
    : ValueOf<(typeof options)[K]> | undefined;
};
