/** Checks of the task names and dependences of a job. Pure; each function returns the offending names. */

/** The part of a job that these checks need. */
export interface Graph {
  readonly Tasks: readonly { readonly TaskName?: string | undefined }[];
  readonly Dependences?: readonly { readonly StartTask: string; readonly EndTask: string }[] | undefined;
}

/** The first TaskName that occurs twice, if any. */
export const repeatedNameOf = ({ Tasks }: Graph): string | undefined => {
  const seen = new Set<string>();
  return Tasks.flatMap(({ TaskName }) => TaskName ?? []).find((name) => seen.size === seen.add(name).size);
};

/** The first name in a dependence that is not a TaskName, if any. */
export const unknownNameOf = ({ Tasks, Dependences = [] }: Graph): string | undefined => {
  const names = new Set(Tasks.map(({ TaskName }) => TaskName));
  return Dependences.flatMap(({ StartTask, EndTask }) => [StartTask, EndTask]).find(
    (name) => !names.has(name),
  );
};

/** The names along one cycle of dependences, with the first repeated at the end; undefined if there is none. */
export const cycleOf = ({ Dependences = [] }: Graph): readonly string[] | undefined => {
  const predecessors = new Map<string, Set<string>>();
  const successors = new Map<string, string[]>();
  for (const { StartTask, EndTask } of Dependences) {
    predecessors.set(EndTask, (predecessors.get(EndTask) ?? new Set()).add(StartTask));
    const known = successors.get(StartTask);
    // Appended in place: a new list for each would be quadratic when 100,000 tasks depend on one.
    if (known) known.push(EndTask);
    else successors.set(StartTask, [EndTask]);
  }

  // Remove tasks without predecessors, as in a topological sort; what remains is in a cycle or behind one.
  const ready = [...successors.keys()].filter((name) => !predecessors.has(name));
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    for (const next of successors.get(name) ?? []) {
      const remaining = predecessors.get(next);
      if (remaining?.delete(name) && remaining.size === 0) {
        predecessors.delete(next);
        ready.push(next);
      }
    }
  }

  // Every remaining task has a remaining predecessor, so walking back reaches a task already visited.
  const visited = new Set<string>();
  let [name] = predecessors.keys();
  while (name !== undefined && !visited.has(name)) {
    visited.add(name);
    [name] = predecessors.get(name) ?? [];
  }
  if (name === undefined) return undefined;
  const cycle = [...visited];
  return [...cycle.slice(cycle.indexOf(name)), name].reverse();
};
