/** Stages, parallelism and graphs of jobs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flowchartOf, peakUsageOf, stagesOf, type TaskGraph } from '../../../src/mcp/jobs/job-order.ts';

/** `a>b` is a dependence; every name that occurs is a task, in alphabetical order. */
const jobOf = (edges: string, alone = ''): TaskGraph => {
  const pairs = edges.split(' ').filter(Boolean);
  const names = [...new Set([...pairs.join('').replaceAll('>', ''), ...alone])].sort();
  return {
    Tasks: names.map((TaskName) => ({ TaskName })),
    Dependences: pairs.map((pair) => ({ StartTask: pair.slice(0, 1), EndTask: pair.slice(2) })),
  };
};
const namesOf = (job: TaskGraph) =>
  stagesOf(job).map((stage) => stage.map((index) => job.Tasks[index]?.TaskName).join(''));

test.each([
  ['one task', '', 'a', ['a']],
  ['independent tasks', '', 'abc', ['abc']],
  ['a chain', 'a>b b>c', '', ['a', 'b', 'c']],
  ['a diamond', 'a>b a>c b>d c>d', '', ['a', 'bc', 'd']],
  ['a redundant edge', 'a>b b>c a>c', '', ['a', 'b', 'c']],
  ['a repeated edge', 'a>b a>b', '', ['a', 'b']],
  ['a cycle and its successors', 'a>b b>a b>c', 'd', ['d']],
  ['a task that depends on itself', 'a>a', 'b', ['b']],
])('the stages of a job with %s are computed', (_, edges, alone, stages) => {
  expect(namesOf(jobOf(edges, alone))).toEqual(stages);
});

test('tasks without names, and with dependences on unknown names, are in the first stage', () => {
  expect(stagesOf({ Tasks: [{}, {}], Dependences: [{ StartTask: 'x', EndTask: 'y' }] })).toEqual([[0, 1]]);
});

describe('the maximum of concurrent instances', () => {
  test.each([
    ['of independent tasks is their sum', '', 'abc', [3, 4, 5], 12],
    ['of a chain is its largest', 'a>b b>c', '', [3, 9, 5], 9],
    ['of a diamond is its middle', 'a>b a>c b>d c>d', '', [1, 4, 5, 2], 9],
    ['counts a task beside a chain', 'a>b b>c', 'd', [3, 9, 5, 2], 11],
    ['of a cycle is the sum, as its order is undefined', 'a>b b>a', '', [3, 4], 7],
  ])('%s', (_, edges, alone, weights, most) => {
    expect(peakUsageOf(jobOf(edges, alone), weights)).toBe(most);
  });

  test('is at least what can run concurrently and at most the total', () => {
    const anyJob = fc.integer({ min: 2, max: 7 }).chain((size) =>
      fc.record({
        weights: fc.array(fc.nat({ max: 9 }), { minLength: size, maxLength: size }),
        // From a lower to a higher number, so there is no cycle.
        edges: fc.array(
          fc
            .tuple(fc.nat({ max: size - 1 }), fc.nat({ max: size - 1 }))
            .filter(([start, end]) => start < end),
          { maxLength: 12 },
        ),
      }),
    );
    fc.assert(
      fc.property(anyJob, ({ weights, edges }) => {
        const job: TaskGraph = {
          Tasks: weights.map((_, index) => ({ TaskName: `t${index}` })),
          Dependences: edges.map(([start, end]) => ({ StartTask: `t${start}`, EndTask: `t${end}` })),
        };
        const most = peakUsageOf(job, weights);
        expect(most).toBeGreaterThanOrEqual(heaviestSetOf(weights, edges));
        expect(most).toBeLessThanOrEqual(weights.reduce((sum, weight) => sum + weight, 0));
      }),
    );
  });
});

/** The exact value, by trying every set of independent tasks. */
const heaviestSetOf = (weights: readonly number[], edges: readonly (readonly [number, number])[]): number => {
  const size = weights.length;
  const before = weights.map(() => new Set<number>());
  for (let round = 0; round < size; round += 1) {
    for (const [start, end] of edges) {
      before[end]?.add(start);
      for (const one of before[start] ?? []) before[end]?.add(one);
    }
  }
  let most = 0;
  for (let set = 0; set < 2 ** size; set += 1) {
    const members = weights.flatMap((_, index) => ((set >> index) & 1 ? [index] : []));
    if (members.some((one) => members.some((other) => before[one]?.has(other)))) continue;
    most = Math.max(
      most,
      members.reduce((sum, index) => sum + (weights[index] ?? 0), 0),
    );
  }
  return most;
};

describe('the Mermaid graph', () => {
  test('has a node per task and an edge per dependence', () => {
    expect(flowchartOf(jobOf('a>b a>c'), ['a × 10', 'b × 1', 'c × 1'])).toBe(
      'flowchart LR; t0["a × 10"]; t1["b × 1"]; t2["c × 1"]; t0 --> t1; t0 --> t2',
    );
  });

  test('escapes task names', () => {
    expect(flowchartOf(jobOf('', 'a'), ['x"]; click t0 "javascript:alert(1)" %%'])).toBe(
      'flowchart LR; t0["x click t0 javascript:alert(1) "]',
    );
  });

  test('is omitted for large jobs', () => {
    const Tasks = Array.from({ length: 61 }, () => ({}));
    expect(flowchartOf({ Tasks }, Tasks.map(String))).toBeUndefined();
  });
});
