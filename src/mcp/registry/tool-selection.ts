/** Which tools the operator lets an assistant see. */
import { ConfigError } from '../../shared/errors.ts';
import { type ListEntry, toolGroups } from '../contract/tool.ts';

export interface Selection {
  /** Lists of groups and tools, a leading `-` removes one; an empty list selects all. A tool has to be in every list. */
  readonly tools: readonly (readonly string[])[];
  /** Only tools that read. */
  readonly readOnly: boolean;
}

/**
 * The selection `chat`: the tools that answer most requests in one call, for clients in which every token of the list
 * counts. A script reaches the others.
 */
const chatTools: ReadonlySet<string> = new Set([
  'SubmitJob',
  'DescribeJob',
  'PlanJob',
  'WaitForJob',
  'ListEvents',
  'DiagnoseJob',
  'ShowJob',
  'ReadTaskLogs',
  'SearchTaskLogs',
  'FindJobs',
  'FindComputeEnvs',
  'EndMany',
  'RerunJob',
  'RunScript',
  'ListStoredFiles',
  'ReadStoredFile',
  'FetchFiles',
  'StageFiles',
]);
const chat = 'chat';

/**
 * Selects tools, in the order of the list.
 * @throws ConfigError for a name that is neither a group nor a tool
 */
export const selectTools = (
  entries: readonly ListEntry[],
  { tools, readOnly }: Selection,
): readonly ListEntry[] => {
  const selections = tools.map((words) => namesOf(entries, words, ({ tool }) => chatTools.has(tool.name)));
  const selected = entries.filter(({ tool }) => selections.every((names) => names.has(tool.name)));
  return readOnly ? selected.map(inReadOnlyForm).filter(({ effect }) => effect === 'read') : selected;
};

const inReadOnlyForm = (entry: ListEntry): ListEntry =>
  entry.readOnly === undefined ? entry : { ...entry, tool: entry.readOnly, effect: 'read' };

/**
 * The names of the tools that a script may call: those that are listed, and with `chat` all that were not removed.
 * @param selection as in `selectTools`, with the same errors
 */
export const scriptableNamesOf = (
  entries: readonly ListEntry[],
  { tools, readOnly }: Selection,
): ReadonlySet<string> => {
  const selections = tools.map((words) => namesOf(entries, words, ({ group }) => group !== 'azure'));
  return new Set(
    entries
      .filter(({ tool }) => selections.every((names) => names.has(tool.name)))
      .filter(({ effect }) => !readOnly || effect === 'read')
      .map(({ tool }) => tool.name),
  );
};

/** A list that begins with `-` starts from all tools, any other from none. Later words take precedence. */
const namesOf = (
  entries: readonly ListEntry[],
  words: readonly string[],
  isInChat: (entry: ListEntry) => boolean,
): ReadonlySet<string> => {
  const startsFull = words.length === 0 || words[0]?.startsWith('-') === true;
  const names = new Set(startsFull ? entries.map((entry) => entry.tool.name) : []);
  for (const word of words) {
    const name = word.replace(/^-/, '');
    const matches = entries.filter(
      (entry) => entry.group === name || entry.tool.name === name || (name === chat && isInChat(entry)),
    );
    if (matches.length === 0 && !isGroup(name) && name !== chat) {
      throw new ConfigError(
        `--tools names '${name}', which is neither chat, nor a group (${toolGroups.join(', ')}), nor a tool. See batch-mcp tools.`,
      );
    }
    for (const { tool } of matches) {
      if (word.startsWith('-')) names.delete(tool.name);
      else names.add(tool.name);
    }
  }
  return names;
};

const isGroup = (name: string): boolean => toolGroups.some((group) => group === name);
