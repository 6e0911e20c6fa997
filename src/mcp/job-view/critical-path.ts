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
  const path: number[] = [];
  let next = lastOf(
    tasks.map((_, position) => position),
    ends,
  );
  while (next !== undefined) {
    path.unshift(next);
    next = lastOf(tasks[next]?.after ?? [], ends);
  }
  return path;
};

interface End {
  readonly time: number;
  /** Number of tasks before it in the longest chain. */
  readonly depth: number;
}

/** Of tasks that ended in the same second the one with more tasks before it ended last. */
const lastOf = (positions: readonly number[], ends: readonly (End | undefined)[]): number | undefined => {
  let last: number | undefined;
  for (const position of positions) {
    const [a, b] = [ends[position], last === undefined ? undefined : ends[last]];
    if (a && (!b || a.time > b.time || (a.time === b.time && a.depth > b.depth))) last = position;
  }
  return last;
};

/** Longer than a task lasts: puts those whose end is not known behind all others, in the order of their dependences. */
const unknownEnd = 1e9;

/** When each task ended, or is expected to; undefined where the dependences form a circle. */
const endsOf = (tasks: readonly PathTask[], read: number): readonly (End | undefined)[] | undefined => {
  const ends = tasks.map((): End | undefined => undefined);
  let open = tasks.map((_, position) => position);
  while (open.length > 0) {
    const ready = open.filter((position) =>
      (tasks[position]?.after ?? []).every((before) => ends[before] !== undefined),
    );
    if (ready.length === 0) return undefined;
    for (const position of ready) {
      const task = tasks[position];
      if (task === undefined) continue;
      const before = task.after.flatMap((one) => ends[one] ?? []);
      const latest = Math.max(read, ...before.map(({ time }) => time));
      ends[position] = {
        time: task.ended ?? task.projectedEnd ?? latest + unknownEnd,
        depth: before.length === 0 ? 0 : 1 + Math.max(...before.map(({ depth }) => depth)),
      };
    }
    const done = new Set(ready);
    open = open.filter((position) => !done.has(position));
  }
  return ends;
};
