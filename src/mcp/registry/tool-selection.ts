/** Which tools the operator lets an assistant see. */
import { ConfigError } from '../../shared/errors.ts';
import { type ListEntry, toolGroups } from '../contract/tool.ts';

export interface Selection {
  /** Groups and names; a leading `-` takes one away. Empty: all. */
  readonly tools: readonly string[];
  /** Only what reads. */
  readonly readOnly: boolean;
}

/**
 * Chooses from the list, keeping its order.
 * A list that begins with a `-` starts from everything; any other starts from nothing. Later words win.
 * @throws ConfigError for a word that is neither a group nor a tool
 */
export const selectTools = (
  entries: readonly ListEntry[],
  { tools, readOnly }: Selection,
): readonly ListEntry[] => {
  const startsFull = tools.length === 0 || tools[0]?.startsWith('-') === true;
  const chosen = new Set(startsFull ? entries.map((entry) => entry.tool.name) : []);
  for (const word of tools) {
    const name = word.replace(/^-/, '');
    const matches = entries.filter((entry) => entry.group === name || entry.tool.name === name);
    if (matches.length === 0 && !isGroup(name)) {
      throw new ConfigError(
        `--tools names '${name}', which is neither a group (${toolGroups.join(', ')}) nor a tool. See batch-mcp tools.`,
      );
    }
    for (const { tool } of matches) {
      if (word.startsWith('-')) chosen.delete(tool.name);
      else chosen.add(tool.name);
    }
  }
  return entries.filter(({ tool }) => chosen.has(tool.name) && (!readOnly || tool.annotations.readOnlyHint));
};

const isGroup = (name: string): boolean => toolGroups.some((group) => group === name);
