/** A job without some of its tasks. Pure. */

export interface Edge {
  readonly StartTask: string;
  readonly EndTask: string;
}

/**
 * The dependences among the tasks that stay. What waited for a task that is dropped waits for what that one waited for,
 * so the order of the tasks that stay is as it was.
 * @returns each edge once
 */
export const reducedDependencesOf = (
  dependences: readonly Edge[],
  isDropped: (task: string) => boolean,
): Edge[] => {
  const after = new Map<string, string[]>();
  for (const { StartTask, EndTask } of dependences) {
    after.set(StartTask, [...(after.get(StartTask) ?? []), EndTask]);
  }
  return [...after.keys()]
    .filter((task) => !isDropped(task))
    .flatMap((StartTask) =>
      keptAfter(StartTask, after, isDropped).map((EndTask) => ({ StartTask, EndTask })),
    );
};

/** The tasks that stay and come next after a task, over any number of dropped ones. */
const keptAfter = (
  task: string,
  after: ReadonlyMap<string, readonly string[]>,
  isDropped: (task: string) => boolean,
): readonly string[] => {
  const seen = new Set<string>();
  const found: string[] = [];
  const open = [...(after.get(task) ?? [])];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (isDropped(next)) open.push(...(after.get(next) ?? []));
    else found.push(next);
  }
  return found;
};
