/** Names of tasks that were submitted without one, and the defaults that responses contain. */
import type { InputOf } from '../../catalogue/index.ts';

type Task = InputOf<'SubmitJob'>['Job']['Tasks'][number];

/**
 * The names of a job's tasks. A task without a name could not be described; the vendor's examples number theirs from 1,
 * so unnamed ones get `task-1`, `task-2`, … by position, or another name where that one is given to another task.
 */
export const taskNamesOf = (tasks: readonly Task[]): readonly string[] => {
  const taken = new Set(tasks.flatMap(({ TaskName }) => (TaskName === undefined ? [] : [TaskName])));
  return tasks.map(({ TaskName }, position) => {
    if (TaskName !== undefined) return TaskName;
    const base = `task-${position + 1}`;
    let name = base;
    for (let suffix = 2; taken.has(name); suffix += 1) name = `${base}-${suffix}`;
    taken.add(name);
    return name;
  });
};

/** A task as it is stored and returned: with the two defaults that the vendor's examples show. */
export const withDefaults = (task: Task): Task => ({
  ...task,
  FailedAction: task.FailedAction ?? 'TERMINATE',
  MaxRetryCount: task.MaxRetryCount ?? 0,
});
