/** What can be wrong with the names and the order of a job's tasks. Pure; each function names the culprit. */

/** As much of a job as its order needs. */
export interface Graph {
  readonly Tasks: readonly { readonly TaskName?: string | undefined }[];
  readonly Dependences?: readonly { readonly StartTask: string; readonly EndTask: string }[] | undefined;
}

/** The first name that two tasks have, if any. */
export const repeatedNameOf = ({ Tasks }: Graph): string | undefined => {
  const seen = new Set<string>();
  return Tasks.flatMap(({ TaskName }) => TaskName ?? []).find((name) => seen.size === seen.add(name).size);
};

/** The first name in a dependence that no task has, if any. */
export const unknownNameOf = ({ Tasks, Dependences = [] }: Graph): string | undefined => {
  const names = new Set(Tasks.map(({ TaskName }) => TaskName));
  return Dependences.flatMap(({ StartTask, EndTask }) => [StartTask, EndTask]).find(
    (name) => !names.has(name),
  );
};

/** The names along one circle of dependences, its first again at the end; undefined where there is none. */
export const circleOf = ({ Dependences = [] }: Graph): readonly string[] | undefined => {
  const waitsFor = new Map<string, Set<string>>();
  const awaitedBy = new Map<string, string[]>();
  for (const { StartTask, EndTask } of Dependences) {
    waitsFor.set(EndTask, (waitsFor.get(EndTask) ?? new Set()).add(StartTask));
    const ends = awaitedBy.get(StartTask);
    // Not a new list for each: a hundred thousand tasks may wait for one.
    if (ends) ends.push(EndTask);
    else awaitedBy.set(StartTask, [EndTask]);
  }

  // Take away whatever waits for nothing: what cannot be taken away is in a circle, or behind one.
  const free = [...awaitedBy.keys()].filter((name) => !waitsFor.has(name));
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    for (const next of awaitedBy.get(name) ?? []) {
      const rest = waitsFor.get(next);
      if (rest?.delete(name) && rest.size === 0) {
        waitsFor.delete(next);
        free.push(next);
      }
    }
  }

  // Each that is left waits for another that is left, so going back comes to one already passed.
  const passed = new Set<string>();
  let [name] = waitsFor.keys();
  while (name !== undefined && !passed.has(name)) {
    passed.add(name);
    [name] = waitsFor.get(name) ?? [];
  }
  if (name === undefined) return undefined;
  const circle = [...passed];
  return [...circle.slice(circle.indexOf(name)), name].reverse();
};
