/** The agent hosts: which package, and how each is started without a user in front of it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The MCP server that a host starts. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

export interface HostRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A command line of the host, without the program. */
type Words = readonly string[];

export interface Host {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** Name of the program in node_modules/.bin. */
  readonly program: string;
  /** Writes the host's configuration into `home` and returns how to start it; without a server it names none. */
  prepare(home: string, model: string, server?: ServerCommand): HostRun;
  /** The name of the client for `batch-mcp init`. */
  readonly client: string;
  /** The commands that install the package from a directory; empty where the host has no packages with servers. */
  install(directory: string): readonly Words[];
}

const prompt = 'Follow the script.';

const writeJson = (file: string, value: object): void => writeFileSync(file, JSON.stringify(value, null, 2));

const prepareClaudeCode: Host['prepare'] = (home, model, server) => {
  const config = join(home, 'mcp.json');
  if (server !== undefined) writeJson(config, { mcpServers: { batch: server } });
  const own = server === undefined ? [] : ['--mcp-config', config, '--strict-mcp-config'];
  // The names of the server of this test, of batch-mcp init, and of the plugin.
  const allowed = ['mcp__batch', 'mcp__batch-local', 'mcp__plugin_batch-mcp_batch', 'Skill'].join(',');
  return {
    args: ['-p', prompt, ...own, '--allowedTools', allowed],
    env: {
      ANTHROPIC_BASE_URL: model,
      ANTHROPIC_API_KEY: 'scripted',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      // The script calls tools by name, without searching for them first.
      ENABLE_TOOL_SEARCH: 'false',
    },
  };
};

const prepareCodex: Host['prepare'] = (home, model, server) => {
  const codexHome = join(home, '.codex');
  mkdirSync(codexHome, { recursive: true });
  writeFileSync(
    join(codexHome, 'config.toml'),
    [
      'model = "scripted"',
      'model_provider = "scripted"',
      'approval_policy = "never"',
      '[model_providers.scripted]',
      'name = "scripted"',
      `base_url = "${model}/v1"`,
      'wire_api = "responses"',
      'env_key = "SCRIPTED_KEY"',
      'request_max_retries = 0',
      ...(server === undefined
        ? []
        : [
            '[mcp_servers.batch]',
            `command = ${JSON.stringify(server.command)}`,
            `args = ${JSON.stringify(server.args)}`,
            'default_tools_approval_mode = "approve"',
          ]),
    ].join('\n'),
  );
  return {
    args: [
      'exec',
      '--skip-git-repo-check',
      // An entry of batch-mcp init or of a plugin allows no calls by itself.
      ...(server === undefined ? ['--dangerously-bypass-approvals-and-sandbox'] : []),
      prompt,
    ],
    env: { CODEX_HOME: codexHome, SCRIPTED_KEY: 'scripted' },
  };
};

const prepareGemini: Host['prepare'] = (home, model, server) => {
  mkdirSync(join(home, '.gemini'), { recursive: true });
  writeJson(join(home, '.gemini', 'settings.json'), {
    ...(server !== undefined && { mcpServers: { batch: { ...server, trust: true } } }),
    security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
    privacy: { usageStatisticsEnabled: false },
    general: { enableAutoUpdate: false, disableAutoUpdate: true },
  });
  return {
    args: ['-p', prompt, '--approval-mode', 'yolo', '-m', 'gemini-2.5-flash'],
    env: {
      GEMINI_API_KEY: 'scripted',
      GOOGLE_GEMINI_BASE_URL: model,
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
    },
  };
};

const prepareOpencode: Host['prepare'] = (home, model, server) => {
  const config = join(home, 'opencode.json');
  writeJson(config, {
    $schema: 'https://opencode.ai/config.json',
    autoupdate: false,
    provider: {
      scripted: {
        npm: '@ai-sdk/openai-compatible',
        name: 'scripted',
        options: { baseURL: `${model}/v1`, apiKey: 'scripted' },
        models: { scripted: { name: 'scripted', tool_call: true } },
      },
    },
    ...(server !== undefined && {
      mcp: { batch: { type: 'local', command: [server.command, ...server.args], enabled: true } },
    }),
    permission: 'allow',
  });
  return {
    args: ['run', '-m', 'scripted/scripted', prompt],
    env: {
      OPENCODE_CONFIG: config,
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
    },
  };
};

export const hosts: readonly Host[] = [
  {
    name: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.332',
    program: 'claude',
    prepare: prepareClaudeCode,
    client: 'claude-code',
    install: (directory) => [
      ['plugin', 'validate', '--strict', directory],
      ['plugin', 'marketplace', 'add', directory],
      ['plugin', 'install', 'batch-mcp@batch-mcp'],
    ],
  },
  {
    name: 'Codex',
    package: '@openai/codex',
    version: '0.171.0',
    program: 'codex',
    prepare: prepareCodex,
    client: 'codex',
    install: (directory) => [
      ['plugin', 'marketplace', 'add', directory],
      ['plugin', 'add', 'batch-mcp@batch-mcp'],
    ],
  },
  {
    name: 'Gemini CLI',
    package: '@google/gemini-cli',
    version: '0.61.0',
    program: 'gemini',
    prepare: prepareGemini,
    client: 'gemini',
    install: (directory) => [
      ['extensions', 'validate', directory],
      ['extensions', 'install', directory, '--consent', '--skip-settings'],
    ],
  },
  {
    name: 'opencode',
    package: 'opencode-ai',
    version: '1.18.33',
    program: 'opencode',
    prepare: prepareOpencode,
    client: 'opencode',
    install: () => [],
  },
];
