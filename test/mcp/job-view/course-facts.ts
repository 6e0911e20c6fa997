/** Courses of invented jobs, the same for the same arguments, for tests of every form of a course. */
import type { InputOf, OutputOf } from '../../../src/catalogue/index.ts';
import { courseOf } from '../../../src/mcp/job-view/build-course.ts';
import type { JobCourse } from '../../../src/mcp/job-view/course.ts';
import type { AttemptFacts, CourseFacts, TaskFacts } from '../../../src/mcp/job-view/facts.ts';
import { type StateLetter, stateOf } from '../../../src/mcp/job-view/states.ts';
import type { InstanceOffering } from '../../../src/mcp/jobs/instance-offerings.ts';

export interface InventedJob {
  /** Default 3. Each waits for the one before it, but the second and third run beside each other. */
  readonly tasks?: number;
  /** Of all tasks together; default 30. */
  readonly instances?: number;
  /** Seconds after CreateTime at which the job is read; by default it has ended. */
  readonly at?: number;
  /** Every n-th instance fails; 0 for none. Default 10. */
  readonly failEvery?: number;
  /** Every n-th instance was repeated once; 0 for none. Default 7. */
  readonly retryEvery?: number;
  /** How many instances of each task were read; default all. */
  readonly readUpTo?: number;
  /** Name of a task by its position. */
  readonly nameOf?: (position: number) => string;
  readonly jobName?: string;
  /** StateReason of failures. */
  readonly reason?: string;
  readonly tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly isLocal?: boolean;
  /** How many instances of a task run at a time; default a fifth of them. */
  readonly concurrency?: number;
}

/** CreateTime of every invented job. */
const inventedCreateTime = Date.parse('2026-11-20T08:00:00Z');

const timeOf = (seconds: number): string =>
  new Date(inventedCreateTime + seconds * 1000).toISOString().replace('.000Z', 'Z');

/** A number from 0 to 1 that depends on its arguments only. */
const noise = (a: number, b: number): number => {
  const x = Math.sin(a * 12.9898 + b * 78.233) * 43758.5453;
  return x - Math.floor(x);
};

export const inventedOfferings: readonly InstanceOffering[] = [
  { type: 'S5.SMALL1', cpu: 1, memory: 1, price: 0.12 },
  { type: 'S5.SMALL2', cpu: 1, memory: 2, price: 0.18 },
  { type: 'S5.MEDIUM4', cpu: 2, memory: 4, price: 0.36 },
  { type: 'S5.LARGE8', cpu: 4, memory: 8, price: 0.72 },
  { type: 'S5.2XLARGE16', cpu: 8, memory: 16, price: 1.44 },
].map((one) => ({
  ...one,
  zone: 'ap-guangzhou-6',
  charge: 'POSTPAID_BY_HOUR',
  isForSale: true,
  stock: 'EnoughStock',
}));

interface Planned {
  readonly attempts: readonly AttemptFacts[];
  readonly end: number;
}

/** The attempts of one instance as they will have been when the job has ended. */
const plannedOf = (
  task: number,
  index: number,
  from: number,
  job: Required<Pick<InventedJob, 'failEvery' | 'retryEvery' | 'reason'>>,
): Planned => {
  const run = 20 + Math.round(noise(task, index) * 60);
  const fails = job.failEvery > 0 && index % job.failEvery === job.failEvery - 1;
  const isRetried = job.retryEvery > 0 && index % job.retryEvery === job.retryEvery - 1;
  const failed = { ExitCode: index % 3 === 0 ? 137 : 1, reason: job.reason };
  const launched = from + 2;
  const first: AttemptFacts = {
    ...{ index, attempt: 1, launched, began: launched + 3, ended: launched + 3 + run },
    ...(fails || isRetried
      ? { state: 'f' as const, ...failed }
      : { state: 's' as const, ExitCode: 0, reason: '' }),
  };
  if (!isRetried) return { attempts: [first], end: launched + 3 + run };
  const again = launched + 3 + run + 5;
  const second: AttemptFacts = {
    ...{ index, attempt: 2, launched: again, began: again + 3, ended: again + 3 + run },
    ...(fails ? { state: 'f' as const, ...failed } : { state: 's' as const, ExitCode: 0, reason: '' }),
  };
  return { attempts: [first, second], end: again + 3 + run };
};

/** What is known of an attempt at a time. */
const seenAt = (attempt: AttemptFacts, at: number): AttemptFacts | undefined => {
  const { index, attempt: number = 1, launched = 0, began = 0, ended = 0 } = attempt;
  if (ended <= at) return attempt;
  const known = { index, attempt: number, reason: '' };
  if (began <= at) return { ...known, state: 'r', launched, began };
  return launched <= at ? { ...known, state: 'l', launched } : undefined;
};

interface InventedTask {
  readonly name: string;
  readonly state: StateLetter;
  readonly end: number | undefined;
  readonly facts: TaskFacts;
  readonly size: number;
}

const stateOfTask = (counts: Map<StateLetter, number>, size: number): StateLetter => {
  const has = (letter: StateLetter): boolean => (counts.get(letter) ?? 0) > 0;
  if (has('r')) return 'r';
  if (has('l')) return 'l';
  if (has('q')) return 'q';
  if (has('p')) return 'p';
  return counts.get('s') === size ? 's' : 'f';
};

const inventTask = (
  position: number,
  size: number,
  from: number,
  at: number,
  job: InventedJob,
): InventedTask => {
  const {
    failEvery = 10,
    retryEvery = 7,
    reason = 'failed',
    concurrency = Math.max(1, Math.ceil(size / 5)),
  } = job;
  const slots = Array.from({ length: Math.min(size, concurrency) }, () => from);
  const instances: (AttemptFacts | undefined)[] = [];
  const earlier: AttemptFacts[] = [];
  const counts = new Map<StateLetter, number>();
  let end = from;
  for (let index = 0; index < size; index += 1) {
    const slot = index % slots.length;
    const planned = plannedOf(position, index, slots[slot] ?? from, { failEvery, retryEvery, reason });
    slots[slot] = planned.end;
    end = Math.max(end, planned.end);
    const seen = planned.attempts.flatMap((attempt) => seenAt(attempt, at) ?? []);
    const waiting: AttemptFacts = { index, state: from > at ? 'p' : 'q', reason: '' };
    const last = seen.at(-1) ?? waiting;
    counts.set(last.state, (counts.get(last.state) ?? 0) + 1);
    const isRead = index < (job.readUpTo ?? size);
    instances.push(isRead ? last : undefined);
    if (isRead) earlier.push(...seen.slice(0, -1));
  }
  return {
    name: job.nameOf?.(position) ?? `task-${position + 1}`,
    state: stateOfTask(counts, size),
    end: end <= at ? end : undefined,
    size,
    facts: { counts: Object.fromEntries(counts), instances, earlier },
  };
};

const metricsOf = (tasks: readonly InventedTask[]) => {
  const sum = (letter: StateLetter): number =>
    tasks.reduce((total, { facts }) => total + (facts.counts?.[letter] ?? 0), 0);
  return {
    ...{ SubmittedCount: 0, PendingCount: sum('p'), RunnableCount: sum('q'), StartingCount: sum('l') },
    ...{ RunningCount: sum('r'), SucceedCount: sum('s'), FailedInterruptedCount: 0, FailedCount: sum('f') },
  };
};

/** What is read of an invented job. */
export const inventFacts = (job: InventedJob = {}): CourseFacts => {
  const { tasks: count = 3, instances = 30, at = Number.POSITIVE_INFINITY, isLocal = true } = job;
  const invented: InventedTask[] = [];
  let from = 0;
  for (let position = 0; position < count; position += 1) {
    const size = Math.max(1, Math.floor(instances / count) + (position < instances % count ? 1 : 0));
    const task = inventTask(position, size, from, at, job);
    invented.push(task);
    // The second and third task wait for the first one.
    if (position !== 1) from = Math.max(from, ...invented.map(({ end }) => end ?? Number.POSITIVE_INFINITY));
  }
  const ends = invented.map(({ end }) => end);
  const isEnded = ends.every((end) => end !== undefined);
  const end = isEnded ? Math.max(...ends.map((one) => one ?? 0)) : undefined;
  const state = invented.some((task) => task.state === 'r')
    ? 'RUNNING'
    : isEnded
      ? invented.every((task) => task.state === 's')
        ? 'SUCCEED'
        : 'FAILED'
      : 'RUNNABLE';
  const edges = invented.slice(1).map((task, at) => ({
    StartTask: invented[at === 1 ? 0 : at]?.name ?? '',
    EndTask: task.name,
  }));
  const described = {
    ...{ JobId: 'job-1a2b3c4d', JobName: job.jobName ?? 'invented job', Zone: 'ap-guangzhou-6', Priority: 0 },
    ...{ JobState: state, CreateTime: timeOf(0), EndTime: end === undefined ? null : timeOf(end) },
    TaskSet: invented.map((task) => ({
      ...{ TaskName: task.name, TaskState: stateOf(task.state), CreateTime: timeOf(0) },
      EndTime: task.end === undefined ? null : timeOf(task.end),
    })),
    DependenceSet: edges,
    TaskMetrics: metricsOf([]),
    TaskInstanceMetrics: metricsOf(invented),
    ...{ StateReason: '', Tags: job.tags ?? [], NextAction: '' },
  };
  return {
    // The service returns null for what is not known, which the type of a valid answer does not have.
    job: described as unknown as OutputOf<'DescribeJob'>,
    submission: submissionOf(invented),
    tasks: new Map(invented.map((task) => [task.name, task.facts])),
    offerings: inventedOfferings,
    isLocal,
    otherAttempts: 0,
    holds: [],
    skipped: [],
    calls: 3 + count,
    now: inventedCreateTime + (Number.isFinite(at) ? at : (end ?? 0) + 60) * 1000,
  };
};

const submissionOf = (tasks: readonly InventedTask[]): OutputOf<'DescribeJobSubmitInfo'> => {
  const submitted = tasks.map((task): InputOf<'SubmitJob'>['Job']['Tasks'][number] => ({
    TaskName: task.name,
    TaskInstanceNum: task.size,
    Application: { DeliveryForm: 'LOCAL', Command: 'true' },
    MaxRetryCount: 1,
    ComputeEnv: {
      EnvType: 'MANAGED',
      EnvData: { InstanceTypes: ['S5.LARGE8'] },
    },
  }));
  return {
    JobId: 'job-1a2b3c4d',
    JobName: 'invented job',
    Tasks: submitted,
  } as unknown as OutputOf<'DescribeJobSubmitInfo'>;
};

/** The course of an invented job. */
export const inventCourse = (job: InventedJob = {}): JobCourse => courseOf(inventFacts(job));
