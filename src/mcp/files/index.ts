/** The tools of the group `file`. What they do is loaded by the first call of one of them. */
import { ConfigError } from '../../shared/errors.ts';
import type { Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import type { FileOptions } from './file-options.ts';
import {
  type FetchInput,
  fetchInput,
  type LinkInput,
  type ListInput,
  linkInput,
  listInput,
  type ReadInput,
  readInput,
  type StageInput,
  stageInput,
} from './inputs.ts';

export type { FileOptions } from './file-options.ts';

const facts = { group: 'file', isRegional: false, hasDetail: true } as const;
const loadFetch = () => import('./fetch-files.ts');
const loadStage = () => import('./stage-files.ts');

/**
 * In the order of the list. The arguments of every call were checked against the tool's schema.
 * @param options undefined where the tools are only listed
 */
export const createFileTools = (given?: FileOptions): readonly Tool[] => {
  const required = (): FileOptions => {
    if (given !== undefined) return given;
    throw new ConfigError('Files are not enabled: start the server with --files-dir or --buckets.');
  };
  return [listTool(), readTool(given), fetchTool(required), stageTool(required), linkTool(required)];
};

const listTool = (): Tool => ({
  ...facts,
  name: 'ListStoredFiles',
  title: 'List stored files',
  description: 'Lists a directory of object storage (COS), where jobs read inputs and leave results.',
  effect: 'read',
  idempotent: true,
  input: listInput,
  run: async (args, context): Promise<ToolAnswer> =>
    (await import('./list-stored-files.ts')).listStoredFiles(args as ListInput, context),
});

const readTool = (given: FileOptions | undefined): Tool => ({
  ...facts,
  name: 'ReadStoredFile',
  title: 'Read a stored text file',
  description: 'Reads text of an object, up to 64 KiB a call. For all of it, or other content: FetchFiles.',
  effect: 'read',
  idempotent: true,
  input: readInput,
  run: async (args, context): Promise<ToolAnswer> =>
    (await import('./read-stored-file.ts')).readStoredFile(args as ReadInput, context, given),
});

const fetchTool = (options: () => FileOptions): Tool => ({
  ...facts,
  name: 'FetchFiles',
  title: 'Fetch stored files',
  description:
    'Copies an object or a directory from object storage to a local directory. Returns path, size and SHA-256 of each file, no content.',
  effect: 'create',
  idempotent: true,
  input: fetchInput,
  isOwnSender: true,
  targetArgument: 'to',
  gate: {
    warning: 'Local files would be replaced.',
    isNeeded: async (args, context) =>
      args.overwrite === true && (await loadFetch()).isFetchGated(args as FetchInput, context, options()),
    inspect: async (args, context) =>
      (await loadFetch()).inspectFetch(args as FetchInput, context, options()),
  },
  run: async (args, context) => (await loadFetch()).fetchFiles(args as FetchInput, context, options()),
});

const stageTool = (options: () => FileOptions): Tool => ({
  ...facts,
  name: 'StageFiles',
  title: 'Stage local files',
  description:
    'Uploads a local file or directory and returns the cos:// path for PackagePath or InputMappings. Leaves out .git, .env*, key files, and what .batchignore or else .gitignore lists.',
  effect: 'create',
  idempotent: true,
  input: stageInput,
  isOwnSender: true,
  targetArgument: 'to',
  gate: {
    warning: 'Objects would be replaced.',
    isNeeded: async (args, context) =>
      args.overwrite === true && (await loadStage()).isStageGated(args as StageInput, context, options()),
    inspect: async (args, context) =>
      (await loadStage()).inspectStage(args as StageInput, context, options()),
  },
  run: async (args, context: ToolContext) =>
    (await loadStage()).stageFiles(args as StageInput, context, options()),
});

const linkTool = (options: () => FileOptions): Tool => ({
  ...facts,
  hasDetail: false,
  name: 'CreateFileLink',
  title: 'Make a link to a stored file',
  description:
    'Makes a link by which anyone can read one object for a limited time. Give it only to the user.',
  effect: 'create',
  idempotent: true,
  input: linkInput,
  isOwnSender: true,
  run: async (args, context) =>
    (await import('./create-file-link.ts')).createFileLink(args as LinkInput, context, options()),
});
