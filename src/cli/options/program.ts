/** Options of the list of tools and of the program itself. */
import type { Option } from '../option.ts';

export const programOptions = {
  tools: {
    kind: 'list',
    item: { pattern: /^-?[A-Za-z][\w-]*$/, example: 'a group or a tool, with or without a leading -' },
    isSafety: true,
    value: 'NAME,…',
    group: 'tools',
    help: 'chat (for chat clients), groups or tools; a leading - removes one. Groups: job, task-template, compute-env, machine-type, workflow, file, azure.',
  },
  schemas: {
    kind: 'choice',
    choices: ['compact', 'full'],
    default: 'compact',
    group: 'tools',
    help: 'Whether arguments are listed in short, without those that many tools take, or in full.',
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
