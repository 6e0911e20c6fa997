import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reducedDependencesOf } from '../../../src/mcp/jobs/job-reduction.ts';

/** `a>b c>d` */
const edgesOf = (text: string) =>
  text.split(' ').flatMap((edge) => {
    const [StartTask = '', EndTask = ''] = edge.split('>');
    return edge === '' ? [] : [{ StartTask, EndTask }];
  });
const textOf = (edges: ReturnType<typeof edgesOf>) =>
  edges.map((edge) => `${edge.StartTask}>${edge.EndTask}`).join(' ');

describe('the dependences without dropped tasks', () => {
  test.each([
    ['a chain without its first task', 'a>b b>c', 'a', 'b>c'],
    ['a chain without its last task', 'a>b b>c', 'c', 'a>b'],
    ['a chain without its middle: the order of the others stays', 'a>b b>c', 'b', 'a>c'],
    ['a chain without two in the middle', 'a>b b>c c>d', 'b c', 'a>d'],
    ['a diamond without one side', 'a>b a>c b>d c>d', 'b', 'a>d a>c c>d'],
    ['a diamond without both sides has one edge', 'a>b a>c b>d c>d', 'b c', 'a>d'],
    ['a join without what it waited for', 'a>c b>c', 'a b', ''],
    ['all dropped', 'a>b', 'a b', ''],
    ['none dropped', 'a>b b>c', '', 'a>b b>c'],
  ])('%s', (_, edges, dropped, expected) => {
    const names = new Set(dropped.split(' '));
    const reduced = textOf(reducedDependencesOf(edgesOf(edges), (task) => names.has(task)));
    expect(reduced.split(' ').sort()).toEqual(expected.split(' ').sort());
  });

  test('keep exactly the order of the tasks that stay, in any graph', () => {
    const tasks = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const edge = fc
      .tuple(fc.nat(tasks.length - 1), fc.nat(tasks.length - 1))
      // From an earlier to a later task: no cycles, as the API demands.
      .filter(([start, end]) => start < end)
      .map(([start, end]) => ({ StartTask: tasks[start] ?? '', EndTask: tasks[end] ?? '' }));
    const reaches = (edges: ReturnType<typeof edgesOf>, from: string, to: string): boolean =>
      edges.some(
        ({ StartTask, EndTask }) => StartTask === from && (EndTask === to || reaches(edges, EndTask, to)),
      );
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 14 }), fc.subarray(tasks), (edges, dropped) => {
        const reduced = reducedDependencesOf(edges, (task) => dropped.includes(task));
        const kept = tasks.filter((task) => !dropped.includes(task));
        expect(reduced.every((one) => kept.includes(one.StartTask) && kept.includes(one.EndTask))).toBe(true);
        for (const from of kept) {
          for (const to of kept) expect(reaches(reduced, from, to)).toBe(reaches(edges, from, to));
        }
      }),
    );
  });
});
