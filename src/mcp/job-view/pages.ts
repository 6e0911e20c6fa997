/** Which pages of DescribeTask are read, and what was read of a task. Pure. */
import type { OutputOf } from '../../catalogue/index.ts';
import { hasEnded } from '../../catalogue/job-states.ts';
import { millisecondsOf } from '../render/times.ts';
import type { AttemptFacts } from './facts.ts';
import { maxTasks } from './outline.ts';
import { countsOf, isEndedLetter, isFailedLetter, letterOf, type StateCounts } from './states.ts';

/** The largest page of DescribeTask. */
export const pageSize = 1000;

interface ReadPage {
  readonly instances: readonly AttemptFacts[];
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Whether an instance had not ended, or had failed and may be run again. */
  readonly isOpen: boolean;
  readonly hasFailed: boolean;
}

/** What was read of a task. */
export interface TaskPages {
  readonly counts: StateCounts;
  /** Number of instances of the task. */
  readonly total: number;
  /** By number; holes were not read. */
  readonly pages: ReadonlyMap<number, ReadPage>;
}

export interface Page {
  readonly TaskName: string;
  readonly page: number;
}

type Job = OutputOf<'DescribeJob'>;

/** @param created CreateTime of the job in milliseconds since 1970 */
export const addPage = (
  before: TaskPages | undefined,
  page: number,
  answer: OutputOf<'DescribeTask'>,
  created: number,
  now: number,
): TaskPages => {
  const instances = (answer.TaskInstanceSet ?? []).map((instance) => attemptOf(instance, created));
  const isOpen = instances.some(({ state }) => !isEndedLetter(state));
  const hasFailed = instances.some(({ state }) => isFailedLetter(state));
  return {
    counts: countsOf(answer.TaskInstanceMetrics),
    total: answer.TaskInstanceTotalCount ?? instances.length,
    pages: new Map(before?.pages).set(page, { instances, time: now, isOpen, hasFailed }),
  };
};

type Instance = NonNullable<NonNullable<OutputOf<'DescribeTask'>['TaskInstanceSet']>[number]>;

const attemptOf = (instance: Instance, created: number): AttemptFacts => {
  const { LaunchTime, RunningTime, EndTime, ExitCode } = instance;
  const [launched, began, ended] = [LaunchTime, RunningTime, EndTime].map((time) => {
    const milliseconds = millisecondsOf(time);
    return milliseconds === undefined ? undefined : Math.max(0, Math.round((milliseconds - created) / 1000));
  });
  return {
    index: instance.TaskInstanceIndex ?? 0,
    state: letterOf(instance.TaskInstanceState),
    ...(launched !== undefined && { launched }),
    ...(began !== undefined && { began }),
    ...(ended !== undefined && { ended }),
    ...(typeof ExitCode === 'number' && { ExitCode }),
    reason: instance.StateDetailedReason || instance.StateReason || '',
  };
};

/** The last attempt of each instance by its index; holes were not read. */
export const instancesOf = ({ total, pages }: TaskPages): readonly (AttemptFacts | undefined)[] => {
  const instances = new Array<AttemptFacts | undefined>(total).fill(undefined);
  for (const page of pages.values())
    for (const attempt of page.instances) if (attempt.index < total) instances[attempt.index] = attempt;
  return instances;
};

/** What can be read: not yet read, or read when it could still change. */
interface Candidate extends Page {
  /** Undefined where it was not read. */
  readonly time: number | undefined;
  readonly rank: number;
}

/** States in which there is something to see besides the state itself; SUCCEED last, because nothing is wrong there. */
const ranks: Readonly<Record<string, number>> = {
  FAILED_INTERRUPTED: 0,
  FAILED: 0,
  RUNNING: 0,
  STARTING: 1,
  RUNNABLE: 2,
  SUCCEED: 3,
};

/**
 * Selects pages: first one of each task, so that its counts are known; then half of the calls for what can have changed,
 * longest ago first, and the rest for what was not read.
 * @param max number of pages
 * @param onlyUnread leaves out what was read before
 */
export const pagesToRead = (
  job: Job,
  submission: OutputOf<'DescribeJobSubmitInfo'> | undefined,
  tasks: ReadonlyMap<string, TaskPages>,
  max: number,
  onlyUnread = false,
): readonly Page[] => {
  const sizes = new Map(
    (submission?.Tasks ?? []).map((task) => [task?.TaskName ?? '', task?.TaskInstanceNum ?? 1]),
  );
  const candidates = (job.TaskSet ?? []).slice(0, maxTasks).flatMap((view) => {
    const name = view?.TaskName ?? '';
    return candidatesOf(name, view?.TaskState ?? '', tasks.get(name), sizes.get(name) ?? 1);
  });
  const first = candidates.filter(({ time, page }) => time === undefined && page === 0);
  const unread = candidates.filter(({ time, page }) => time === undefined && page > 0);
  const stale = onlyUnread ? [] : candidates.filter(({ time }) => time !== undefined);
  first.sort((a, b) => a.rank - b.rank);
  unread.sort((a, b) => a.rank - b.rank || a.page - b.page);
  stale.sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
  const chosen = first.slice(0, max);
  const room = max - chosen.length;
  const forStale = Math.min(stale.length, Math.max(Math.ceil(room / 2), room - unread.length));
  return [...chosen, ...stale.slice(0, forStale), ...unread.slice(0, room - forStale)];
};

const candidatesOf = (
  TaskName: string,
  state: string,
  read: TaskPages | undefined,
  size: number,
): readonly Candidate[] => {
  // All its instances wait: there is nothing to read.
  if (state === 'PENDING' || state === 'SUBMITTED') return [];
  const count = Math.max(1, Math.ceil((read?.total ?? size) / pageSize));
  const rank = ranks[state] ?? 1;
  return Array.from({ length: count }, (_, page) => ({ page, known: read?.pages.get(page) }))
    .filter(({ known }) => known === undefined || canChange(known, state))
    .map(({ page, known }) => ({ TaskName, page, time: known?.time, rank }));
};

/** Failed instances run again only where their task does. */
const canChange = ({ isOpen, hasFailed }: ReadPage, taskState: string): boolean =>
  isOpen || (hasFailed && !hasEnded(taskState));
