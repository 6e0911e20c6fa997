/** Options of files and object storage. */
import type { Option } from '../option.ts';

export const fileOptions = {
  filesDir: {
    kind: 'string',
    isSafety: true,
    format: 'path',
    value: 'DIR',
    group: 'files',
    help: 'The only local directory that files are staged from and fetched to; enables the file tools.',
  },
  buckets: {
    kind: 'list',
    item: {
      pattern: /^(?:cos:\/\/\S+|[a-z0-9][a-z0-9-]*)$/,
      example: 'the name of a bucket, or a cos:// address of a directory',
    },
    isSafety: true,
    value: 'NAME|cos://…,…',
    group: 'files',
    help: 'Buckets, or directories in them, that may be read and written; enables the file tools.',
  },
  logPath: {
    kind: 'string',
    isSafety: true,
    value: 'cos://…/',
    group: 'files',
    help: 'Directory where the complete logs of jobs are stored that do not redirect them.',
  },
  fileLinks: {
    kind: 'boolean',
    isSafety: true,
    group: 'files',
    help: 'Allow links to single objects, which anyone can read until they expire.',
  },
  cosDomain: {
    kind: 'choice',
    isSafety: true,
    choices: ['myqcloud.com', 'tencentcos.cn', 'internal', 'endpoint'],
    default: 'myqcloud.com',
    group: 'files',
    help: 'Hosts of object storage; `internal` inside private networks, `endpoint` for an engine behind --endpoint.',
  },
} as const satisfies Readonly<Record<string, Option>>;
