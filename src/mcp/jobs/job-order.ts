/** The order of a job's tasks: its stages, how much can run at once, and a flowchart. Pure. */

/** The part of a submission that determines its order. */
export interface TaskGraph {
  readonly Tasks: readonly { readonly TaskName?: string | undefined }[];
  readonly Dependences?: readonly { readonly StartTask: string; readonly EndTask: string }[] | undefined;
}

/** Indexes of the tasks each task waits for, from the names in `Dependences`. Unknown names are ignored. */
const predecessorsOf = ({ Tasks, Dependences = [] }: TaskGraph): readonly (readonly number[])[] => {
  const at = new Map(
    Tasks.flatMap(({ TaskName }, index) => (TaskName === undefined ? [] : [[TaskName, index]])),
  );
  const before = Tasks.map(() => new Set<number>());
  for (const { StartTask, EndTask } of Dependences) {
    const [start, end] = [at.get(StartTask), at.get(EndTask)];
    if (start !== undefined && end !== undefined) before[end]?.add(start);
  }
  return before.map((set) => [...set].sort((a, b) => a - b));
};

/**
 * The stages of a job: a task is in the first stage after all its predecessors.
 * @returns indexes of the tasks, stage by stage; tasks in a cycle, and after one, are in none
 */
export const stagesOf = (job: TaskGraph): readonly (readonly number[])[] => {
  const before = predecessorsOf(job);
  const stages: number[][] = [];
  const done = new Set<number>();
  let waiting = before.map((_, index) => index);
  while (waiting.length > 0) {
    const next = waiting.filter((index) => (before[index] ?? []).every((one) => done.has(one)));
    if (next.length === 0) break;
    stages.push(next);
    for (const index of next) done.add(index);
    waiting = waiting.filter((index) => !done.has(index));
  }
  return stages;
};

// The ancestors of each task are stored; for larger jobs the sum of all tasks is a sufficient bound.
const maxTasksLinked = 500;

/**
 * An upper bound on what the tasks of a job use at one time, when each starts after its predecessors have ended.
 * The tasks are partitioned into chains in which each member depends on the previous one, directly or not; of a chain
 * only one runs at a time. Exact for chains and for independent tasks, never too low.
 * @param weights what each task uses while it runs
 */
export const peakUsageOf = (job: TaskGraph, weights: readonly number[]): number => {
  if (job.Tasks.length > maxTasksLinked) return sumOf(weights);
  const before = predecessorsOf(job);
  const ancestors = new Map<number, ReadonlySet<number>>();
  const chains: { last: number; weight: number }[] = [];
  const order = stagesOf(job).flat();
  for (const index of order) {
    const own = new Set((before[index] ?? []).flatMap((one) => [one, ...(ancestors.get(one) ?? [])]));
    ancestors.set(index, own);
    const weight = weights[index] ?? 0;
    const chain = chains.find(({ last }) => own.has(last));
    if (chain === undefined) chains.push({ last: index, weight });
    else Object.assign(chain, { last: index, weight: Math.max(chain.weight, weight) });
  }
  return order.length < job.Tasks.length ? sumOf(weights) : sumOf(chains.map(({ weight }) => weight));
};

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

// A larger flowchart is not readable, and costs tokens.
const maxDrawn = 60;

/**
 * The job as a Mermaid flowchart on one line.
 * @param labels the text in the box of each task; characters with a meaning to Mermaid are removed
 * @returns undefined for a job that is too large
 */
export const flowchartOf = (job: TaskGraph, labels: readonly string[]): string | undefined => {
  if (job.Tasks.length > maxDrawn) return undefined;
  const boxes = labels.map((label, index) => `t${index}["${label.replace(/[^\p{L}\p{N} _.,:()×-]/gu, '')}"]`);
  const arrows = predecessorsOf(job).flatMap((before, index) => before.map((one) => `t${one} --> t${index}`));
  return ['flowchart LR', ...boxes, ...arrows].join('; ');
};
