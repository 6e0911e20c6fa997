/** Options that restrict what calls may do. */
import type { Option } from '../option.ts';

export const safetyOptions = {
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
    isCount: true,
    value: 'N',
    min: 1,
    max: 1_000_000,
    group: 'safety',
    help: 'Refuse jobs with more task instances than this.',
  },
  maxNodes: {
    kind: 'number',
    isCount: true,
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
} as const satisfies Readonly<Record<string, Option>>;
