import { expect, test } from 'vitest';
import { courseOf } from '../../../src/mcp/job-view/build-course.ts';
import type { CourseFacts, UsageFacts } from '../../../src/mcp/job-view/facts.ts';
import { useTextOf } from '../../../src/mcp/job-view/sentences.ts';
import { inventedOfferings, inventFacts } from './course-facts.ts';

const gib = 2 ** 30;

/** The use of a task on S5.LARGE8 (4 cores, 8 GB, 0.72 an hour). */
const useOf = (usage: UsageFacts | undefined, more: Partial<CourseFacts> = {}) => {
  const facts = inventFacts({ tasks: 1, instances: 4, isLocal: true });
  const tasks = new Map([...facts.tasks].map(([name, task]) => [name, { ...task, ...(usage && { usage }) }]));
  const use = courseOf({ ...facts, tasks, ...more }).tasks[0]?.use;
  if (use === undefined) throw new Error('The job has no task.');
  return use;
};

const measured = (peakGiB: number, cores: number, seconds = 60): UsageFacts => ({
  measured: 4,
  peakMemoryBytes: peakGiB * gib,
  cpuSeconds: cores * seconds * 4,
  measuredSeconds: seconds * 4,
});

test.each<[string, UsageFacts, string | undefined]>([
  [
    'far less memory and CPU',
    measured(0.5, 0.4),
    'S5.SMALL1 (1 core, 1 GB) would be enough, at 0.12 instead of 0.72 an hour.',
  ],
  [
    'little memory but one core',
    measured(1, 1),
    'S5.MEDIUM4 (2 cores, 4 GB) would be enough, at 0.36 instead of 0.72 an hour.',
  ],
  [
    'nearly all memory',
    measured(7.5, 1),
    'Nearly all memory was used: S5.2XLARGE16 (8 cores, 16 GB) has more.',
  ],
  ['half of the memory', measured(4, 0.1), undefined],
  ['little memory but most of the CPU', measured(0.2, 3.5), undefined],
  ['far less, but for two seconds only', measured(0.5, 0.4, 2), undefined],
])('of a task that used %s, a type is named where the difference is clear', (_, usage, advice) => {
  const use = useOf(usage);
  expect(use.isMeasured && use.advice).toBe(advice);
});

test('types that are sold out, and types in another zone, are not named', () => {
  const offerings = inventedOfferings.map((one) => ({
    ...one,
    ...(one.type === 'S5.SMALL1' && { isForSale: false }),
    ...(one.type === 'S5.SMALL2' && { zone: 'ap-guangzhou-3' }),
  }));
  const use = useOf(measured(0.5, 0.4), { offerings });
  expect(use.isMeasured && use.advice).toMatch(/^S5\.MEDIUM4 /);
});

test('use is stated against the machine, with the number of attempts measured', () => {
  expect(useTextOf(useOf(measured(4, 0.1)))).toBe(
    'peak memory 4 GiB of 8 GiB, mean CPU 0.1 of 4 cores, 4 of 4 attempts measured.',
  );
});

test('shares of the machine, which is all that the API measures, become bytes and cores', () => {
  expect(useOf({ measured: 1, measuredSeconds: 60, memoryPercent: 50, cpuPercent: 25 })).toMatchObject({
    peakMemoryBytes: 4 * gib,
    meanCores: 1,
  });
});

test('where the machine is not known, use is stated without it and without advice', () => {
  const use = useOf(measured(0.5, 0.4), { offerings: undefined });
  expect(useTextOf(use)).toBe('peak memory 512 MiB, mean CPU 0.4 cores, 4 of 4 attempts measured.');
});

test('without samples the use is not measured, with the reason, and never zero', () => {
  expect(useTextOf(useOf({ measured: 0, why: 'it ran in a container' }))).toBe(
    'not measured: it ran in a container',
  );
  expect(useTextOf(useOf(undefined))).toBe('not measured: no samples were read');
  const cpuOnly = useOf({ measured: 1, cpuSeconds: 30, measuredSeconds: 60 });
  expect(useTextOf(cpuOnly)).toBe('memory not measured, mean CPU 0.5 of 4 cores, 1 of 4 attempts measured.');
});
