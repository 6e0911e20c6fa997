/** Where the tasks of a job are drawn: one column per stage, from left to right. Pure. */

export interface GraphBox {
  /** Index of the task. */
  readonly task: number;
  readonly column: number;
  /** Position in its column. */
  readonly row: number;
}

/**
 * Assigns a column and a row to each task. A task is in the first column after all its predecessors; within a column,
 * tasks are ordered by the mean row of their predecessors, which avoids most crossings.
 * @param after indexes of the tasks that each task waits for
 * @returns boxes in the order of the tasks; tasks in a cycle come after the last column
 */
export const layoutOf = (after: readonly (readonly number[])[]): readonly GraphBox[] => {
  const columns = columnsOf(after);
  const rows = new Map<number, number>();
  const last = Math.max(-1, ...columns);
  for (let column = 0; column <= last; column += 1) {
    const tasks = columns.flatMap((one, task) => (one === column ? [task] : []));
    const ranked = tasks
      .map((task) => ({ task, rank: meanOf((after[task] ?? []).map((one) => rows.get(one) ?? 0)) }))
      .sort((a, b) => a.rank - b.rank || a.task - b.task);
    for (const [row, { task }] of ranked.entries()) rows.set(task, row);
  }
  return columns.map((column, task) => ({ task, column, row: rows.get(task) ?? 0 }));
};

const columnsOf = (after: readonly (readonly number[])[]): readonly number[] => {
  const columns: (number | undefined)[] = after.map(() => undefined);
  let hasChanged = true;
  while (hasChanged) {
    hasChanged = false;
    for (const [task, before] of after.entries()) {
      if (columns[task] !== undefined) continue;
      const known = before.map((one) => columns[one]);
      if (known.includes(undefined)) continue;
      columns[task] = Math.max(-1, ...known.map((one) => one ?? 0)) + 1;
      hasChanged = true;
    }
  }
  const last = Math.max(-1, ...columns.map((one) => one ?? -1));
  return columns.map((one) => one ?? last + 1);
};

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
