/** The clients: where their configuration is, and what the entry of a server looks like in it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from '../config.ts';
import type { options } from '../options.ts';
import type { ServerEntry } from './server-entry.ts';

export type ClientName = (typeof options.client.choices)[number];

/** The machine, as far as the paths depend on it. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Environment;
}

export interface Client {
  readonly title: string;
  readonly format: 'json' | 'toml';
  /** The object of servers in the file. */
  readonly key: string;
  /** The configuration of the user. */
  readonly fileOf: (machine: Machine) => string;
  /** The entry as an object. */
  readonly entryOf: (entry: ServerEntry) => Readonly<Record<string, unknown>>;
  /** What to do for the entry to take effect. */
  readonly next: string;
}

const plain = ({ command, args }: ServerEntry) => ({ command, args });
const stdio = (entry: ServerEntry) => ({ type: 'stdio', ...plain(entry) });

/** Directory of the settings of programs with a window. */
const settingsOf = ({ platform, home, environment }: Machine): string => {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (platform === 'win32') return environment.APPDATA ?? join(home, 'AppData', 'Roaming');
  return environment.XDG_CONFIG_HOME ?? join(home, '.config');
};

/** opencode reads both files; the one that exists is changed. */
const opencodeFile = ({ home, environment }: Machine): string => {
  const directory = join(environment.XDG_CONFIG_HOME ?? join(home, '.config'), 'opencode');
  const withComments = join(directory, 'opencode.jsonc');
  return existsSync(withComments) ? withComments : join(directory, 'opencode.json');
};

export const clients: { readonly [Name in ClientName]: Client } = {
  'claude-code': {
    title: 'Claude Code',
    format: 'json',
    key: 'mcpServers',
    fileOf: ({ home, environment }) => join(environment.CLAUDE_CONFIG_DIR ?? home, '.claude.json'),
    entryOf: stdio,
    next: 'Start a new session; /mcp lists the server. Headless runs (claude -p) need --confirm flag.',
  },
  'claude-desktop': {
    title: 'Claude Desktop',
    format: 'json',
    key: 'mcpServers',
    fileOf: (machine) => join(settingsOf(machine), 'Claude', 'claude_desktop_config.json'),
    entryOf: plain,
    next: 'Quit and start Claude Desktop.',
  },
  codex: {
    title: 'Codex',
    format: 'toml',
    key: 'mcp_servers',
    fileOf: ({ home, environment }) => join(environment.CODEX_HOME ?? join(home, '.codex'), 'config.toml'),
    // Codex passes only some variables on.
    entryOf: (entry) => ({
      ...plain(entry),
      ...(entry.variables.length > 0 && { env_vars: entry.variables }),
    }),
    next: 'Start a new session; codex mcp list shows the server. Headless runs (codex exec) need --confirm flag.',
  },
  gemini: {
    title: 'Gemini CLI',
    format: 'json',
    key: 'mcpServers',
    fileOf: ({ home }) => join(home, '.gemini', 'settings.json'),
    entryOf: plain,
    next: 'Start a new session; /mcp lists the server.',
  },
  cursor: {
    title: 'Cursor',
    format: 'json',
    key: 'mcpServers',
    fileOf: ({ home }) => join(home, '.cursor', 'mcp.json'),
    entryOf: plain,
    next: 'Enable the server in the settings of Cursor, under MCP.',
  },
  vscode: {
    title: 'VS Code',
    format: 'json',
    key: 'servers',
    fileOf: (machine) => join(settingsOf(machine), 'Code', 'User', 'mcp.json'),
    entryOf: stdio,
    next: 'Run "MCP: List Servers" in VS Code and start the server.',
  },
  opencode: {
    title: 'opencode',
    format: 'json',
    key: 'mcp',
    fileOf: opencodeFile,
    entryOf: ({ command, args }) => ({ type: 'local', command: [command, ...args], enabled: true }),
    next: 'Start a new session; opencode mcp list shows the server.',
  },
};

// Object.keys returns exactly the keys of this literal.
export const clientNames = Object.keys(clients) as readonly ClientName[];

/** Whether the client seems to be used on this machine. */
export const isInstalled = (client: Client, machine: Machine): boolean => {
  const file = client.fileOf(machine);
  return existsSync(file) || (dirname(file) !== machine.home && existsSync(dirname(file)));
};
