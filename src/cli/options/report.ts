/** Options of the command `report`. */
import type { Option } from '../option.ts';

export const reportOptions = {
  out: {
    kind: 'string',
    format: 'path',
    value: 'FILE',
    group: 'report',
    help: 'File of a report: .html for the page, .svg for the timeline alone.',
  },
  logs: {
    kind: 'boolean',
    group: 'report',
    help: 'Include the end of the log of one instance for each cause of failure.',
  },
  force: {
    kind: 'boolean',
    isSafety: true,
    group: 'report',
    help: 'Replace an existing file.',
  },
} as const satisfies Readonly<Record<string, Option>>;
