/** Which tools the operator makes available. */
import { ConfigError } from '../../shared/errors.ts';
import { type ListEntry, toolGroups } from '../contract/tool.ts';

export interface Selection {
  /** Groups and names; a leading `-` removes one. Empty: all. */
  readonly tools: readonly string[];
  /** Only tools that read. */
  readonly readOnly: boolean;
}

/**
 * Selects from the list, in its order.
 * A selection whose first word has a `-` starts from all tools; any other starts from none. Later words win.
 * @throws ConfigError for a word that is neither a group nor a tool
 */
export const selectTools = (
  entries: readonly ListEntry[],
  { tools, readOnly }: Selection,
): readonly ListEntry[] => {
  const startsFull = tools.length === 0 || tools[0]?.startsWith('-') === true;
  const selected = new Set(startsFull ? entries.map((entry) => entry.tool.name) : []);
  for (const word of tools) {
    const name = word.replace(/^-/, '');
    const matches = entries.filter((entry) => entry.group === name || entry.tool.name === name);
    if (matches.length === 0 && !isGroup(name)) {
      throw new ConfigError(
        `--tools names '${name}', which is neither a group (${toolGroups.join(', ')}) nor a tool. See batch-mcp tools.`,
      );
    }
    for (const { tool } of matches) {
      if (word.startsWith('-')) selected.delete(tool.name);
      else selected.add(tool.name);
    }
  }
  return entries.filter(
    ({ tool }) => selected.has(tool.name) && (!readOnly || tool.annotations.readOnlyHint),
  );
};

const isGroup = (name: string): boolean => toolGroups.some((group) => group === name);
