import { describe, expect, test } from 'vitest';
import { jobStates } from '../../../src/catalogue/job-states.ts';
import { courseOf } from '../../../src/mcp/job-view/build-course.ts';
import type { JobCourse } from '../../../src/mcp/job-view/course.ts';
import { criticalPathOf } from '../../../src/mcp/job-view/critical-path.ts';
import { countIn, expandStates, letterOf, shortenStates, stateOf } from '../../../src/mcp/job-view/states.ts';
import { inventCourse, inventFacts } from './course-facts.ts';

describe('states', () => {
  test('every state of the API has a letter, and back', () => {
    expect(jobStates.map((state) => stateOf(letterOf(state)))).toEqual(jobStates);
    expect([letterOf('NEW_STATE'), letterOf(null)]).toEqual(['.', '.']);
  });

  test('runs of letters are shortened, never longer than the letters, and expanded to the same', () => {
    for (const letters of ['', 's', 'ss', 'sssf', 'srsrsr', `${'s'.repeat(1200)}f..`]) {
      const short = shortenStates([...letters].map((letter) => letter as 's'));
      expect(short.length).toBeLessThanOrEqual(letters.length);
      expect(expandStates(short)).toBe(letters);
    }
  });
});

describe('the course of a job', () => {
  test('counts the instances of its tasks, and draws every attempt of a small job', () => {
    const course = inventCourse();
    expect(course.counts).toEqual({ s: 27, f: 3 });
    expect(course.tasks.map(({ counts }) => counts)).toEqual(new Array(3).fill({ s: 9, f: 1 }));
    for (const task of course.tasks) {
      expect(task.bars).toHaveLength(task.attempts);
      expect(task.attempts).toBe(task.instances + task.retries);
      expect(expandStates(task.states)).toHaveLength(10);
    }
  });

  test('names the tasks before each task by their positions', () => {
    expect(inventCourse({ tasks: 4 }).tasks.map(({ after }) => after)).toEqual([[], [0], [0], [2]]);
  });

  test('has a repeated attempt wait from the end of the one before it', () => {
    const bars = inventCourse().tasks[0]?.bars.filter(([instance]) => instance === 6) ?? [];
    expect(bars.map(([, attempt]) => attempt)).toEqual([1, 2]);
    expect(bars[1]?.[2]).toBe(bars[0]?.[4]);
  });

  test('groups failed attempts by exit code and reason, and says where they are', () => {
    const { failures } = inventCourse({ tasks: 1, instances: 10, retryEvery: 5 });
    expect(failures).toMatchObject(
      [
        {
          ExitCode: 1,
          count: 1,
          instances: 0,
          where: [[0, '4']],
          sample: { task: 0, instance: 4, attempt: 1 },
        },
        {
          ExitCode: 137,
          count: 2,
          instances: 1,
          where: [[0, '9']],
          meaning: expect.stringContaining('SIGKILL'),
        },
      ].sort((a, b) => b.count - a.count),
    );
  });

  test('marks failures of the machine', () => {
    const { failures } = inventCourse({ reason: 'machine failure' });
    expect(failures.every(({ isMachine }) => isMachine)).toBe(true);
    expect(inventCourse().failures.some(({ isMachine }) => isMachine)).toBe(false);
  });

  test('distinguishes what was not read from what is not known', () => {
    const course = inventCourse({
      tasks: 1,
      instances: 10,
      readUpTo: 4,
      retryEvery: 0,
      failEvery: 0,
      at: 40,
    });
    expect(expandStates(course.tasks[0]?.states ?? '')).toMatch(/^[a-z]{4}\.{6}$/);
    expect(course.coverage).toMatchObject({ instances: 10, readInstances: 4 });
    expect(course.coverage.notes).toEqual(['6 of 10 instances not read yet; counts are complete.']);
    expect(countIn(course.counts)).toBe(10);
  });

  test('says that only last attempts are known against the cloud, where instances may be repeated', () => {
    expect(inventCourse({ isLocal: false }).coverage).toMatchObject({
      attempts: 'last',
      notes: ['Only the last attempt of each instance is known: the API has no earlier ones.'],
    });
    expect(inventCourse({ isLocal: true }).coverage).toMatchObject({ attempts: 'all', notes: [] });
  });

  test('is derived from a response with nothing in it', () => {
    // A service may omit every field.
    const empty = { ...inventFacts(), job: {}, submission: undefined, tasks: new Map() } as never;
    expect(courseOf(empty)).toMatchObject({ JobId: '', tasks: [], failures: [], criticalPath: [] });
  });
});

describe('the critical path', () => {
  const task = (after: readonly number[], ended?: number) => ({
    after,
    state: '',
    instances: 1,
    ...(ended !== undefined && { ended }),
  });

  test('leads from the task that ended last over the predecessors that ended last', () => {
    expect(criticalPathOf([task([], 10), task([], 30), task([0, 1], 40), task([0], 35)], 50)).toEqual([1, 2]);
  });

  test('leads to the last of the tasks that have not ended', () => {
    expect(criticalPathOf([task([], 10), task([0]), task([0], 20), task([1])], 50)).toEqual([0, 1, 3]);
  });

  test('takes the later task of the order where two ended in the same second', () => {
    expect(criticalPathOf([task([], 10), task([0], 10)], 10)).toEqual([0, 1]);
  });

  test('is empty where the dependences form a circle', () => {
    expect(criticalPathOf([task([1]), task([0])], 10)).toEqual([]);
  });
});

describe('a projected end', () => {
  const running = (at: number, more = {}): JobCourse =>
    inventCourse({ tasks: 1, instances: 40, concurrency: 4, failEvery: 0, retryEvery: 0, at, ...more });
  const end =
    inventCourse({ tasks: 1, instances: 40, concurrency: 4, failEvery: 0, retryEvery: 0 }).ended ?? 0;

  test('is near the real end when half of the instances have finished, and says on what it is based', () => {
    const { projectedEnd } = running(end / 2);
    expect(projectedEnd?.basis).toMatch(/^Projected from \d+ finished instances, /);
    expect(Math.abs((projectedEnd?.time ?? 0) - end)).toBeLessThan(end / 4);
  });

  test.each([
    ['no instance has finished', running(20)],
    ['fewer than three have finished', running(60, { concurrency: 1 })],
    ['nothing runs', running(0)],
    ['the job has ended', inventCourse()],
    ['a task has not begun', inventCourse({ tasks: 2, instances: 40, at: 150, failEvery: 0, retryEvery: 0 })],
  ])('is absent where %s', (_, course) => {
    expect(course).not.toHaveProperty('projectedEnd');
  });
});

test.each([
  ['a large array', { tasks: 1 }],
  ['ten tasks', { tasks: 10 }],
  ['a thousand tasks', { tasks: 1000 }],
  [
    'ten tasks, half of whose instances fail and many of which are repeated',
    { tasks: 10, failEvery: 2, retryEvery: 3 },
  ],
])('the data of a view of 100,000 instances in %s is below 500 kB', (_, job) => {
  const course = inventCourse({ instances: 100_000, ...job });
  expect(Buffer.byteLength(JSON.stringify(course))).toBeLessThan(500_000);
  expect(course.tasks.reduce((sum, { bars }) => sum + bars.length, 0)).toBeLessThanOrEqual(1500);
});
