/** Options of `batch-mcp init`. */
import type { Option } from '../option.ts';

export const initOptions = {
  client: {
    kind: 'choice',
    choices: ['claude-code', 'claude-desktop', 'codex', 'gemini', 'cursor', 'vscode', 'opencode'],
    group: 'init',
    help: 'The client whose configuration is changed.',
  },
  cloud: {
    kind: 'boolean',
    group: 'init',
    help: 'Configure a server for the cloud; --local configures one for the local engine.',
  },
  yes: { kind: 'boolean', group: 'init', help: 'Write the configuration without asking.' },
} as const satisfies Readonly<Record<string, Option>>;
