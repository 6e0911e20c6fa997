/** The list of tools at the cost of a constant: generated at build time, computed from the catalogue otherwise. */
import type { ListEntry } from '../contract/tool.ts';

// Defined by the build. Loading the catalogue and converting its schemas takes longer than the rest of a start.
declare const __TOOL_LIST__: readonly ListEntry[] | undefined;

/**
 * Every tool as clients see it, with its group.
 * @param schemas only the compact list is generated: the full one is large and rarely requested
 * @param compute computes the list from the catalogue
 */
export const toolListOf = async (
  schemas: 'compact' | 'full',
  compute: () => Promise<readonly ListEntry[]>,
): Promise<readonly ListEntry[]> =>
  schemas === 'compact' && typeof __TOOL_LIST__ !== 'undefined' ? __TOOL_LIST__ : compute();
