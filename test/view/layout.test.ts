/** Where the view draws tasks, attempts and instances. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bar } from '../../src/mcp/job-view/course.ts';
import { activityOf, areaOf, placeBars } from '../../src/mcp/job-view/lane-layout.ts';
import { shortenStates } from '../../src/mcp/job-view/states.ts';
import { ticksOf } from '../../src/mcp/job-view/ticks.ts';
import { cellGroupsOf, cellText, groupText, moveOf } from '../../src/view/draw/cells.ts';
import { layoutOf } from '../../src/view/draw/graph-layout.ts';
import { courseOf, runningCourse, taskOf } from './sample-course.ts';

describe('the graph of the tasks', () => {
  test('puts a task in the first column after all its predecessors', () => {
    expect(layoutOf([[], [], [0, 1], [2], [0]]).map(({ column, row }) => [column, row])).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
      [2, 0],
      [1, 0],
    ]);
  });

  test('draws tasks of a cycle after all others', () => {
    expect(layoutOf([[], [2], [1]]).map(({ column }) => column)).toEqual([0, 1, 1]);
  });

  test('draws no two tasks at one position, and each right of its predecessors, for any graph without cycles', () => {
    const graph = fc
      .integer({ min: 1, max: 30 })
      .chain((size) =>
        fc.tuple(
          ...Array.from({ length: size }, (_, task) =>
            fc.uniqueArray(fc.nat(Math.max(0, task - 1)), { maxLength: Math.min(task, 4) }),
          ),
        ),
      );
    fc.assert(
      fc.property(graph, (after) => {
        const boxes = layoutOf(after.map((before, task) => (task === 0 ? [] : before)));
        expect(new Set(boxes.map(({ column, row }) => `${column} ${row}`)).size).toBe(boxes.length);
        for (const [task, before] of after.entries())
          for (const one of task === 0 ? [] : before)
            expect(boxes[one]?.column).toBeLessThan(boxes[task]?.column ?? -1);
      }),
    );
  });
});

describe('a lane of the timeline', () => {
  const bars: readonly Bar[] = [
    [0, 1, 0, 2, 10, 'f', 0],
    [0, 2, 10, 12, 20, 's', null],
    [1, 1, 0, 5, 8, 's', null],
    [2, 1, 8, 9, null, 'r', null],
  ];

  test('has the attempts of an instance in one row, and instances that overlap in several', () => {
    expect(placeBars(bars, 25, 8)).toEqual({
      rows: 2,
      placed: [
        { bar: bars[0], row: 0 },
        { bar: bars[1], row: 0 },
        { bar: bars[2], row: 1 },
        { bar: bars[3], row: 1 },
      ],
    });
  });

  test('shows counts over time where its rows would be too low', () => {
    expect(placeBars(bars, 25, 1)).toBeUndefined();
    const activity = activityOf(bars, 12);
    expect(activity.from).toBe(0);
    expect(activity.step).toBe(1);
    expect(activity.waiting.slice(0, 10)).toEqual([2, 2, 1, 1, 1, 0, 0, 0, 1, 0]);
    expect(activity.running.slice(0, 10)).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 1, 2]);
  });

  test('draws counts as a closed area', () => {
    const area = areaOf(
      { from: 0, step: 10, waiting: [], running: [] },
      [1, 2],
      (time) => time,
      (count) => 4 - count,
    );
    expect(area).toBe('M0 4L0 3L10 3L10 2L20 2L20 4Z');
  });

  test('has marks in units in which people count time', () => {
    expect(ticksOf(200, 5)).toEqual([0, 60, 120, 180]);
    expect(ticksOf(0, 5)).toEqual([0]);
    expect(ticksOf(86_400 * 90, 5).length).toBeLessThanOrEqual(6);
  });
});

describe('the cells of the instances', () => {
  test('are one for each instance, in a group for each array and one for all other tasks', () => {
    const groups = cellGroupsOf(runningCourse());
    expect(groups.map(groupText)).toEqual([
      '3 instances of index-reference',
      '400 instances of align',
      '20 instances of call-variants',
      '2 instances of other tasks',
    ]);
  });

  test('represent ranges of a large array by the most urgent state, and open the instance that has it', () => {
    const letters = Array.from({ length: 100_000 }, (_, index) =>
      index === 50_007 ? ('f' as const) : ('s' as const),
    );
    const course = courseOf([taskOf({ name: 'sweep', letters })]);
    const [group] = cellGroupsOf(course);
    expect(group?.cells.length).toBe(5_000);
    const failed = group?.cells.find(({ letter }) => letter === 'f');
    expect(failed).toEqual({ task: 0, from: 50_000, to: 50_019, letter: 'f', instance: 50_007 });
    expect(group && groupText(group)).toBe('100,000 instances of sweep, 20 in each cell');
    expect(failed && cellText(failed, course, false)).toBe(
      'Instances 50000 to 50019: 19 succeeded, 1 failed',
    );
  });

  test('contain every instance once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30_000 }), (count) => {
        const task = taskOf({
          name: 'sweep',
          letters: [],
          states: shortenStates(Array(count).fill('s')),
          instances: count,
        });
        const cells = cellGroupsOf(courseOf([task]))[0]?.cells ?? [];
        expect(cells.reduce((sum, { from, to }) => sum + to - from + 1, 0)).toBe(count);
        expect(
          cells.every(({ from }, index) => index === 0 || from === (cells[index - 1]?.to ?? 0) + 1),
        ).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test('are reached with the keyboard, the failed ones directly', () => {
    const cells = cellGroupsOf(runningCourse())[1]?.cells ?? [];
    const moved = (key: string, at: number) => moveOf(key, at, cells, 50);
    expect(
      ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'Home', 'End', 'n'].map((key) => moved(key, 60)),
    ).toEqual([61, 59, 110, 10, 0, 399, 79]);
    expect(moved('ArrowLeft', 0)).toBe(0);
    expect(moved('ArrowRight', 399)).toBe(399);
    expect(moved('n', 399)).toBe(5);
    expect(moved('Tab', 0)).toBeUndefined();
  });
});
