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
 * Selects tools, in the order of the list.
 * @throws ConfigError for a name that is neither a group nor a tool
 */
export const selectTools = (
  entries: readonly ListEntry[],
  { tools, readOnly }: Selection,
): readonly ListEntry[] => {
  const selections = tools.map((words) => namesOf(entries, words));
  return entries.filter(
    ({ tool }) =>
      selections.every((names) => names.has(tool.name)) && (!readOnly || tool.annotations.readOnlyHint),
  );
};

/** A list that begins with `-` starts from all tools, any other from none. Later words take precedence. */
const namesOf = (entries: readonly ListEntry[], words: readonly string[]): ReadonlySet<string> => {
  const startsFull = words.length === 0 || words[0]?.startsWith('-') === true;
  const names = new Set(startsFull ? entries.map((entry) => entry.tool.name) : []);
  for (const word of words) {
    const name = word.replace(/^-/, '');
    const matches = entries.filter((entry) => entry.group === name || entry.tool.name === name);
    if (matches.length === 0 && !isGroup(name)) {
      throw new ConfigError(
        `--tools names '${name}', which is neither a group (${toolGroups.join(', ')}) nor a tool. See batch-mcp tools.`,
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
