/** The chain of tasks that determines when a job ends. Pure. */
import type { TaskCourse } from './course.ts';

type PathTask = Pick<
  TaskCourse,
  'after' | 'ended' | 'projectedEnd' | 'began' | 'queued' | 'state' | 'instances'
>;

/**
 * From the task that ends last back to the first one: before each task comes the one among its predecessors that ended
 * last, because it determined when the task could begin. Tasks that have not ended come after all that have.
 * @param read seconds after the job's CreateTime
 * @returns positions, first to last; empty for a job without tasks or with a circle
 */
export const criticalPathOf = (tasks: readonly PathTask[], read: number): readonly number[] => {
  const ends = endsOf(tasks, read);
  if (ends === undefined) return [];
  const lastOf = (positions: readonly number[]): number | undefined => {
    const [first, ...others] = positions;
    return first === undefined
      ? undefined
      : others.reduce((a, b) => ((ends[b] ?? 0) > (ends[a] ?? 0) ? b : a), first);
  };
  const path: number[] = [];
  let next = lastOf(tasks.map((_, position) => position));
  while (next !== undefined) {
    path.unshift(next);
    next = lastOf(tasks[next]?.after ?? []);
  }
  return path;
};

/** Longer than a task lasts: puts those whose end is not known behind all others, in the order of their dependences. */
const unknownEnd = 1e9;

/** When each task ended, or is expected to; undefined where the dependences form a circle. */
const endsOf = (tasks: readonly PathTask[], read: number): readonly number[] | undefined => {
  const ends = tasks.map((): number | undefined => undefined);
  let open = tasks.map((_, position) => position);
  while (open.length > 0) {
    const ready = open.filter((position) =>
      (tasks[position]?.after ?? []).every((before) => ends[before] !== undefined),
    );
    if (ready.length === 0) return undefined;
    for (const position of ready) {
      const task = tasks[position];
      if (task === undefined) continue;
      const before = Math.max(0, ...task.after.map((one) => ends[one] ?? 0));
      ends[position] = task.ended ?? task.projectedEnd ?? Math.max(before, read) + unknownEnd;
    }
    const done = new Set(ready);
    open = open.filter((position) => !done.has(position));
  }
  return ends.map((end) => end ?? 0);
};
