import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test } from 'vitest';
import { courseOf } from '../../../src/mcp/job-view/build-course.ts';
import type { JobCourse } from '../../../src/mcp/job-view/course.ts';
import { courseFieldsOf } from '../../../src/mcp/job-view/course-text.ts';
import { laneOf } from '../../../src/mcp/job-view/lanes.ts';
import { headlineOf } from '../../../src/mcp/job-view/sentences.ts';
import { render } from '../../../src/mcp/render/render.ts';
import { inventCourse, inventFacts } from './course-facts.ts';

const textOf = (course: JobCourse): string =>
  render(
    { summary: headlineOf(course), fields: courseFieldsOf(course) },
    {
      detail: 'concise',
      now: course.created,
      disclosure: { shownVariables: [], secrets: [], random: () => Buffer.alloc(16) },
    },
  ).content[0].text;

const usage = { measured: 1000, peakMemoryBytes: 2 ** 29, cpuSeconds: 20_000, measuredSeconds: 50_000 };

test.each([
  ['has ended', {}],
  ['runs', { at: 4000 }],
  [
    'has names of 60 characters',
    { nameOf: (position: number) => `${position}-a-long-name-of-a-task`.padEnd(60, 'x') },
  ],
  ['has been read in part', { readUpTo: 300 }],
  ['fails everywhere', { failEvery: 2, retryEvery: 2 }],
])('the text of a job of 10 tasks and 10,000 instances that %s has at most 800 tokens', (_, job) => {
  const facts = inventFacts({ tasks: 10, instances: 10_000, ...job });
  const tasks = new Map([...facts.tasks].map(([name, task]) => [name, { ...task, usage }]));
  const holds = [
    '"a" waits for a machine',
    'all slots of the local engine are occupied (2)',
    '2 slots by task "b" of job-00000000 ("another job"), RUNNING, Priority 0',
  ];
  const text = textOf(courseOf({ ...facts, tasks, holds }));
  expect(encode(text).length).toBeLessThanOrEqual(800);
  expect(text.match(/ {2}- \|/g)).toHaveLength(10);
});

test('the text of a small job says everything that is known of it', () => {
  expect(textOf(inventCourse({ retryEvery: 0 })).split('\n')).toEqual([
    'job-1a2b3c4d ("invented job") is FAILED after 9m 19s: 27 of 30 done, 3 failed.',
    'JobId: job-1a2b3c4d',
    'JobState: FAILED',
    'columns: timeline task done running failed instances retries mean-wait mean-run cost; a character is 28s from 2026-11-20 08:00:00Z: . waits = runs x fails',
    'lanes:',
    '  - |=======x            | "task-1" 9 0 1 10 0 1m15s 34s 0.077',
    '  - |       ========x====| "task-2" 9 0 1 10 0 2m01s 53s 0.1',
    '  - |       ==========x  | "task-3" 9 0 1 10 0 1m35s 40s 0.082 after "task-1"',
    'criticalPath: 2 tasks: "task-1" 3m 33s > "task-2" 5m 36s',
    'failures:',
    '  - exit 137 (killed by SIGKILL: often out of memory), 3 attempts, 9 of "task-1", and 2 more tasks',
    'cost: 0.26 (invented prices of the local engine; estimate, machines only, disks and traffic not included)',
    'use:',
    '  - not measured: no samples were read',
    'coverage: All 30 instances read. 6 API calls.',
  ]);
});

test('of many tasks those that failed or run have a lane, and the others are counted', () => {
  const text = textOf(inventCourse({ tasks: 100, instances: 1000, failEvery: 0, retryEvery: 0, at: 2000 }));
  expect(text.match(/ {2}- \|/g)).toHaveLength(10);
  expect(text).toMatch(
    /otherTasks: 90 more tasks \(\d+ SUCCEED, (?:\d+ [A-Z]+, )*\d+ PENDING\) with 900 instances/,
  );
});

test('a lane shows waiting, running, failed and projected time', () => {
  const course = inventCourse({ tasks: 1, instances: 4, concurrency: 1, failEvery: 0, retryEvery: 0 });
  const [task] = course.tasks;
  if (task === undefined) throw new Error('The job has no task.');
  const lane = (bars: typeof task.bars, more: object = {}) =>
    laneOf({ ...task, ended: 40, ...more, bars }, { to: 40, columns: 4 }, 40);
  expect(lane([[0, 1, 0, 10, 30, 's', null]])).toBe('.== ');
  expect(lane([[0, 1, 0, 10, 30, 'f', 0]])).toBe('.=x ');
  expect(lane([[0, 1, 10, null, null, 'q', null]])).toBe(' ...');
  const { ended: _, ...running } = task;
  expect(
    laneOf(
      { ...running, projectedEnd: 35, bars: [[0, 1, 0, 0, null, 'r', null]] },
      { to: 40, columns: 4 },
      20,
    ),
  ).toBe('==--');
});

test('a lane of text has a character for what began and ended within one second', () => {
  const [task] = inventCourse({ tasks: 1, instances: 1 }).tasks;
  const axis = { to: 100, columns: 10 };
  const laneAt = (time: number): string | undefined =>
    task && laneOf({ ...task, bars: [[0, 1, time, time, time, 's', null]] }, axis, 100);
  expect([0, 10, 55, 100].map(laneAt)).toEqual(['=         ', '=         ', '     =    ', '         =']);
});
