/** Lists of indexes as ranges: `0-9,12`. */

/**
 * Writes indexes as ranges, in ascending order.
 * @param maxRanges after these, the number of remaining indexes: `0,2 and 2 more`
 */
export const rangesOf = (indexes: readonly number[], maxRanges = 12): string => {
  const ranges: { from: number; to: number }[] = [];
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && index <= last.to + 1) last.to = index;
    else ranges.push({ from: index, to: index });
  }
  const texts = ranges.slice(0, maxRanges).map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  const more = ranges.slice(maxRanges).reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return more === 0 ? texts.join(',') : `${texts.join(',')} and ${more} more`;
};

/**
 * Reads ranges: `0-2,5` is 0, 1, 2 and 5. Spaces after commas are accepted.
 * @param max how many indexes at most
 * @returns ascending, each once; undefined for anything else, and for more than `max` indexes
 */
export const indexesOf = (ranges: string, max: number): readonly number[] | undefined => {
  if (!/^\d{1,9}(-\d{1,9})?(,\s*\d{1,9}(-\d{1,9})?)*$/.test(ranges.trim())) return undefined;
  const indexes = new Set<number>();
  for (const range of ranges.split(',')) {
    const [from = 0, to = from] = range.split('-').map(Number);
    // Checked before the range is expanded: it may have a billion indexes.
    if (to < from || to - from >= max) return undefined;
    for (let index = from; index <= to; index += 1) indexes.add(index);
    if (indexes.size > max) return undefined;
  }
  return [...indexes].sort((a, b) => a - b);
};
