/** A list worked off by a few calls at a time. */

/**
 * Maps over a list with at most `width` works under way, and keeps the order of the list.
 * @returns one result for each item
 * @throws the first error; what has not begun by then never begins
 */
export const inParallel = async <T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> => {
  const results = new Map<number, R>();
  let failed = false;
  // One iterator for all workers: each takes the next item when it is free.
  const rest = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) {
      if (failed) return;
      results.set(
        index,
        await work(item, index).catch((error: unknown) => {
          failed = true;
          throw error;
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
};
