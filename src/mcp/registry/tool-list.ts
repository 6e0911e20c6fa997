/** The list of tools without its cost: written into the program when it is built, made from the catalogue otherwise. */
import type { ListEntry } from '../contract/tool.ts';

// Put in by the build. Loading the catalogue and converting thirty schemas would take longer than the whole rest of a start.
declare const __TOOL_LIST__: readonly ListEntry[] | undefined;

/**
 * Every tool as clients see it, with its group.
 * @param schemas only the compact list is written into the program: the whole one is large and rarely wanted
 * @param make makes the list from the catalogue
 */
export const toolListOf = async (
  schemas: 'compact' | 'full',
  make: () => Promise<readonly ListEntry[]>,
): Promise<readonly ListEntry[]> =>
  schemas === 'compact' && typeof __TOOL_LIST__ !== 'undefined' ? __TOOL_LIST__ : make();
