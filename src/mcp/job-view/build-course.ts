/** Derives the course of a job from what was read of it. Pure. */
import { hasEnded } from '../../catalogue/job-states.ts';
import { millisecondsOf } from '../render/times.ts';
import { activityOf, barsOf, placedAttemptsOf } from './bars.ts';
import { jobCostOf, taskCostOf } from './cost.ts';
import type { Coverage, JobCourse, TaskCourse } from './course.ts';
import { criticalPathOf } from './critical-path.ts';
import type { CourseFacts } from './facts.ts';
import { type FailedAttempt, type FailureIndex, failuresOf } from './failure-groups.ts';
import { endOf, maxTasks, outlinesOf, secondsAfter, type TaskOutline } from './outline.ts';
import { projectionOf, taskProjectionOf } from './projection.ts';
import { useOf } from './sizing.ts';
import { countIn, countsOf, isFailedLetter, shortenStates } from './states.ts';
import { runOf, statisticOf, waitOf } from './statistics.ts';

/** Of the whole job: some 40 bytes each. */
const maxBars = 1500;
const maxBarsOfTask = 100;
const minBarsOfTask = 2;
/** Times at which instances are counted, of the whole job: some 6 bytes each. */
const maxSteps = 6000;
/** More are not visible in the width of a view. */
const maxStepsOfTask = 60;

export const courseOf = (facts: CourseFacts): JobCourse => {
  const { job, now } = facts;
  const created = millisecondsOf(job.CreateTime) ?? now;
  const read = Math.max(0, secondsAfter(created, now));
  const outlines = outlinesOf(facts, created);
  const failures = failuresOf(outlines.flatMap(failedAttemptsOf));
  const tasks = outlines.map((outline) => taskOf(outline, outlines.length, { facts, failures, read }));
  const began = leastOf(tasks.flatMap((task) => task.began ?? []));
  const ended = endOf(job, created);
  const isFinal = !job.NextAction && hasEnded(job.JobState);
  const projectedEnd = isFinal ? undefined : projectionOf(tasks);
  return {
    format: 'batch-mcp/job-course',
    version: 1,
    JobId: job.JobId ?? '',
    JobName: job.JobName ?? '',
    JobState: job.JobState ?? '',
    NextAction: job.NextAction ?? '',
    reason: job.StateReason ?? '',
    ...(facts.region !== undefined && { Region: facts.region }),
    tags: (job.Tags ?? []).map((tag) => ({ Key: tag?.Key ?? '', Value: tag?.Value ?? '' })),
    created,
    read,
    ...(began !== undefined && { began }),
    ...(ended !== undefined && { ended }),
    isFinal,
    counts: countsOf(job.TaskInstanceMetrics),
    tasks,
    otherTasks: Math.max(0, (job.TaskSet ?? []).length - maxTasks),
    criticalPath: criticalPathOf(tasks, read),
    ...(projectedEnd && { projectedEnd }),
    failures: failures.groups,
    otherFailures: failures.others,
    holds: facts.holds,
    cost: jobCostOf(tasks, facts),
    coverage: coverageOf(facts, tasks),
  };
};

const leastOf = (numbers: readonly number[]): number | undefined =>
  numbers.length === 0 ? undefined : numbers.reduce((a, b) => Math.min(a, b));

const failedAttemptsOf = ({ position, facts }: TaskOutline): readonly FailedAttempt[] => [
  ...facts.earlier
    .filter(({ state }) => isFailedLetter(state))
    .map((attempt) => ({ task: position, attempt, isLast: false })),
  ...facts.instances.flatMap((attempt) =>
    attempt && isFailedLetter(attempt.state) ? [{ task: position, attempt, isLast: true }] : [],
  ),
];

interface Deriving {
  readonly facts: CourseFacts;
  readonly failures: FailureIndex;
  readonly read: number;
}

const taskOf = (outline: TaskOutline, tasks: number, deriving: Deriving): TaskCourse => {
  const { facts: all, failures, read } = deriving;
  const { name, state, after, instances, counts, facts, queued, ended } = outline;
  const attempts = placedAttemptsOf(facts, queued ?? 0);
  const room = Math.max(minBarsOfTask, Math.min(maxBarsOfTask, Math.floor(maxBars / tasks)));
  const steps = Math.min(maxStepsOfTask, Math.floor(maxSteps / tasks));
  const bars = barsOf(attempts, room, (attempt) => failures.groupOf(outline.position, attempt));
  const began = leastOf(attempts.flatMap((attempt) => attempt.began ?? []));
  const waitSeconds = statisticOf(attempts.flatMap((attempt) => waitOf(attempt)));
  const runSeconds = statisticOf(attempts.flatMap((attempt) => runOf(attempt)));
  const projectedEnd = taskProjectionOf({ state, counts, attempts, runSeconds, read, instances });
  const cost = taskCostOf(outline, attempts, read, all);
  return {
    name,
    state,
    after,
    instances,
    ...(counts && { counts }),
    readInstances: readCountOf(outline),
    states: statesOf(outline),
    ...(queued !== undefined && { queued }),
    ...(began !== undefined && { began }),
    ...(ended !== undefined && { ended }),
    ...(projectedEnd !== undefined && { projectedEnd }),
    ...(waitSeconds && { waitSeconds }),
    ...(runSeconds && { runSeconds }),
    retries: facts.earlier.length,
    bars,
    attempts: attempts.length,
    ...(bars.length < attempts.length && { activity: activityOf(attempts, read, steps) }),
    cost,
    use: useOf(outline, attempts, all),
  };
};

/** Of a task that waits for others there is nothing to read. */
const readCountOf = ({ state, instances, facts }: TaskOutline): number =>
  state === 'PENDING'
    ? instances
    : facts.instances.reduce((sum, attempt) => sum + (attempt === undefined ? 0 : 1), 0);

const statesOf = ({ state, instances, facts }: TaskOutline): string => {
  const unread = state === 'PENDING' ? 'p' : state === 'SUCCEED' ? 's' : '.';
  return shortenStates(
    Array.from({ length: instances }, (_, index) => facts.instances[index]?.state ?? unread),
  );
};

const coverageOf = (facts: CourseFacts, tasks: readonly TaskCourse[]): Coverage => {
  const instances = countIn(countsOf(facts.job.TaskInstanceMetrics));
  const readInstances = tasks.reduce((sum, task) => sum + task.readInstances, 0);
  const unread = Math.max(0, instances - readInstances);
  const retried = (facts.submission?.Tasks ?? []).some((task) => (task?.MaxRetryCount ?? 0) > 0);
  const notes = [
    ...(unread > 0 ? [`${unread} of ${instances} instances not read yet; counts are complete.`] : []),
    ...(!facts.isLocal && retried
      ? ['Only the last attempt of each instance is known: the API has no earlier ones.']
      : []),
    ...(facts.otherAttempts > 0 ? [`${facts.otherAttempts} earlier attempts are not included.`] : []),
    ...[...new Set(facts.skipped)].map((skipped) => `Not read: ${skipped}.`),
  ];
  return {
    instances,
    readInstances: Math.min(instances, readInstances),
    attempts: facts.isLocal ? 'all' : 'last',
    otherAttempts: facts.otherAttempts,
    calls: facts.calls,
    notes,
  };
};
