/** Courses of jobs that are the same in every run, for tests of how they are shown. */
import type { Bar, JobCourse, TaskCourse } from '../../src/mcp/job-view/course.ts';
import { countIn, type StateCounts, type StateLetter, shortenStates } from '../../src/mcp/job-view/states.ts';

const countsOf = (letters: readonly StateLetter[]): StateCounts => {
  const counts: Partial<Record<StateLetter, number>> = {};
  for (const letter of letters) counts[letter] = (counts[letter] ?? 0) + 1;
  return counts;
};

interface Sample extends Partial<TaskCourse> {
  readonly name: string;
  readonly letters: readonly StateLetter[];
}

/** A task with the given states; other fields have defaults. */
export const taskOf = ({ letters, ...more }: Sample): TaskCourse => ({
  state: letters.includes('r') ? 'RUNNING' : letters.includes('p') ? 'PENDING' : 'SUCCEED',
  after: [],
  instances: letters.length,
  counts: countsOf(letters),
  readInstances: letters.filter((letter) => letter !== '.').length,
  states: shortenStates(letters),
  retries: 0,
  bars: [],
  attempts: 0,
  cost: {
    price: 'listed',
    hourly: 0.2,
    runSeconds: 120,
    retrySeconds: 0,
    amount: 0.0067,
    machine: 'S5.SMALL2',
  },
  use: { isMeasured: false, why: 'the instances ended before the first sample' },
  ...more,
});

/** A job of the given tasks. @param more overrides */
export const courseOf = (tasks: readonly TaskCourse[], more: Partial<JobCourse> = {}): JobCourse => {
  const counts: Partial<Record<StateLetter, number>> = {};
  for (const task of tasks)
    for (const [letter, count] of Object.entries(task.counts ?? {}))
      counts[letter as StateLetter] = (counts[letter as StateLetter] ?? 0) + count;
  const created = Date.UTC(2026, 0, 2, 3, 4, 5);
  return {
    format: 'batch-mcp/job-course',
    version: 1,
    JobId: 'job-1a2b3c4d',
    JobName: 'variant calling',
    JobState: 'RUNNING',
    NextAction: '',
    reason: '',
    tags: [{ Key: 'team', Value: 'genomics' }],
    created,
    read: 200,
    began: 4,
    isFinal: false,
    counts,
    tasks,
    otherTasks: 0,
    criticalPath: [],
    failures: [],
    otherFailures: 0,
    holds: [],
    cost: {
      runSeconds: 480,
      retrySeconds: 24,
      amount: 0.0267,
      label: 'estimate, machines only, disks and traffic not included',
      notes: [],
    },
    coverage: {
      ...{ instances: countIn(counts), readInstances: countIn(counts), attempts: 'all' },
      ...{ otherAttempts: 0, calls: 4, notes: [] },
    },
    ...more,
  };
};

const bar = (
  ...fields: [number, number, number, number | null, number | null, StateLetter, (number | null)?]
): Bar => [fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6] ?? null];

const repeated = (letter: StateLetter, count: number): readonly StateLetter[] => Array(count).fill(letter);

/** A running job with a chain, an array with retries and failures, and a task that waits. */
export const runningCourse = (): JobCourse => {
  const align: readonly StateLetter[] = Array.from({ length: 400 }, (_, index) =>
    index % 37 === 5 ? 'f' : index < 230 ? 's' : index < 260 ? 'r' : index < 264 ? 'l' : 'q',
  );
  const running = Array.from({ length: 60 }, (_, index) =>
    index < 8 ? index * 4 : 32 - Math.max(0, index - 52),
  );
  const waiting = Array.from({ length: 60 }, (_, index) => Math.max(0, 380 - index * 4));
  return courseOf(
    [
      taskOf({
        ...{ name: 'fetch', letters: ['s'], queued: 0, began: 4, ended: 31, attempts: 2, retries: 1 },
        bars: [bar(0, 1, 0, 4, 16, 'f', 1), bar(0, 2, 16, 19, 31, 's')],
        waitSeconds: { mean: 4, max: 4, count: 1 },
        runSeconds: { mean: 12, max: 12, count: 1 },
        cost: {
          price: 'listed',
          hourly: 0.2,
          runSeconds: 24,
          retrySeconds: 12,
          amount: 0.0013,
          machine: 'S5.SMALL2',
        },
      }),
      taskOf({
        ...{ name: 'index-reference', letters: ['s', 's', 's'], queued: 0, began: 5, ended: 60, attempts: 3 },
        bars: [bar(0, 1, 0, 5, 40, 's'), bar(1, 1, 0, 6, 58, 's'), bar(2, 1, 0, 30, 60, 's')],
        waitSeconds: { mean: 13.7, max: 30, count: 3 },
        runSeconds: { mean: 39, max: 52, count: 3 },
        use: {
          ...{ isMeasured: true, measured: 3, started: 3, peakMemoryBytes: 1.4 * 2 ** 30, meanCores: 0.4 },
          ...{
            memoryBytes: 8 * 2 ** 30,
            cores: 4,
            advice: 'S5.SMALL2 (1 core, 2 GiB) is enough and costs a quarter.',
          },
        },
      }),
      taskOf({
        ...{ name: 'align', letters: align, after: [0, 1], queued: 60, began: 62, attempts: 300, retries: 9 },
        bars: [
          bar(5, 1, 60, 64, 80, 'f', 0),
          bar(42, 1, 60, 90, 120, 'f', 0),
          bar(79, 1, 60, 110, 160, 'f', 0),
        ],
        activity: { from: 60, step: 2.35, running, waiting },
        projectedEnd: 290,
        waitSeconds: { mean: 48, max: 131, count: 270 },
        runSeconds: { mean: 16.2, max: 50, count: 226 },
      }),
      taskOf({ name: 'call-variants', letters: repeated('p', 20), after: [2], state: 'PENDING' }),
      taskOf({ name: 'report', letters: ['p'], after: [3], state: 'PENDING' }),
    ],
    {
      criticalPath: [1, 2, 3, 4],
      projectedEnd: { time: 340, basis: 'The mean of 226 finished instances of align.' },
      failures: [
        {
          ...{
            ExitCode: 137,
            reason: 'Killed: out of memory',
            meaning: 'killed by SIGKILL, often for lack of memory',
          },
          ...{ isMachine: false, count: 11, instances: 11, where: [[2, '5, 42, 79, 116 and 7 more']] },
          sample: { task: 2, instance: 5, attempt: 1 },
        },
        {
          ...{ ExitCode: 7, reason: 'curl: (7) Failed to connect to the mirror', isMachine: false, count: 1 },
          ...{ instances: 0, where: [[0, '0']], sample: { task: 0, instance: 0, attempt: 1 } },
        },
      ],
      holds: ['136 instances of align wait for a free slot: 32 run at a time.'],
    },
  );
};

/** A text that would run, load or close something in a page that does not treat it as text. */
export const hostileText = [
  '</script><img src=x onerror="window.hasRun=1">',
  '<svg onload="window.hasRun=1"><script>window.hasRun=1</script></svg>',
  'javascript:window.hasRun=1',
  ']]><!--" onfocus="window.hasRun=1" autofocus x="',
  '\u2028\u2029&lt;b&gt;',
].join(' ');

/** A job that has ended, with a hostile text in every field that a job controls. */
export const hostileCourse = (): JobCourse => {
  const task = (letters: readonly StateLetter[]): TaskCourse =>
    taskOf({
      ...{ name: hostileText, letters, state: hostileText, attempts: letters.length },
      bars: letters.map((letter, index) => bar(index, 1, 0, 1, 5, letter, letter === 'f' ? 0 : null)),
      use: { isMeasured: false, why: hostileText },
      cost: { price: 'listed', runSeconds: 1, retrySeconds: 0, machine: hostileText, EnvId: hostileText },
    });
  return courseOf([task(['f', 's']), { ...task(['s']), after: [0] }], {
    ...{
      JobName: hostileText,
      JobState: hostileText,
      NextAction: hostileText,
      reason: hostileText,
      isFinal: true,
    },
    criticalPath: [0, 1],
    projectedEnd: { time: 300, basis: hostileText },
    tags: [{ Key: hostileText, Value: hostileText }],
    holds: [hostileText],
    failures: [
      {
        ...{
          ExitCode: 1,
          reason: hostileText,
          meaning: hostileText,
          isMachine: true,
          count: 1,
          instances: 1,
        },
        ...{ where: [[0, hostileText]], sample: { task: 0, instance: 0, attempt: 1 } },
      },
    ],
    cost: { runSeconds: 1, retrySeconds: 0, label: hostileText, notes: [hostileText] },
    coverage: {
      ...{
        instances: 3,
        readInstances: 3,
        attempts: 'last',
        otherAttempts: 0,
        calls: 1,
        notes: [hostileText],
      },
    },
  });
};
