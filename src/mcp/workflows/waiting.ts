/** What the unfinished tasks of a job wait for: other tasks, machines, slots, and who holds them. */
import type { OutputOf } from '../../catalogue/index.ts';
import { activeStates } from '../../catalogue/job-states.ts';
import type { ToolContext } from '../contract/tool.ts';
import type { CallBudget } from '../jobs/call-budget.ts';
import { namedId, quoted } from '../render/untrusted.ts';
import type { SubmittedTask } from './failure-evidence.ts';
import type { NodeTrouble } from './node-trouble.ts';
import { slotUseOf } from './slot-use.ts';

type Job = OutputOf<'DescribeJob'>;

const maxWaiting = 10;
/** Jobs whose submission is read to find out who uses an environment. */
const maxReadJobs = 6;

/**
 * What unfinished tasks wait for, one sentence each.
 * @param tasks as they were submitted, by name
 * @param envs their environments
 * @param queued tasks with instances in the queue of a cluster, which is described elsewhere
 */
export const waitingOf = (
  job: Job,
  tasks: ReadonlyMap<string, SubmittedTask>,
  envs: readonly NodeTrouble[],
  queued: ReadonlySet<string> = new Set(),
): readonly string[] => {
  const unfinished = new Set(
    (job.TaskSet ?? []).filter((task) => task.TaskState !== 'SUCCEED').map((task) => task.TaskName ?? ''),
  );
  return (job.TaskSet ?? [])
    .flatMap(({ TaskName, TaskState }) => {
      const name = quoted(TaskName ?? '');
      const before = (job.DependenceSet ?? [])
        .filter(({ StartTask, EndTask }) => EndTask === TaskName && unfinished.has(StartTask ?? ''))
        .map(({ StartTask }) => quoted(StartTask ?? ''));
      if (TaskState === 'PENDING') return [`${name} waits for ${before.join(', ') || 'the tasks before it'}`];
      if (TaskState === 'RUNNABLE') {
        const env = envTextOf(tasks.get(TaskName ?? ''), envs);
        return [`${name} waits for a machine${env === undefined ? '' : `: ${env}`}`];
      }
      if (TaskState === 'STARTING' && !queued.has(TaskName ?? ''))
        return [`${name} has machines that are being prepared`];
      return [];
    })
    .slice(0, maxWaiting);
};

/** Why its environment has no machine for a task, where that is known. */
const envTextOf = (task: SubmittedTask | undefined, envs: readonly NodeTrouble[]): string | undefined => {
  const { EnvId, emptyName, allBusy } = envs.find((env) => env.EnvId === task?.EnvId) ?? {};
  if (emptyName !== undefined)
    return `its environment ${namedId(EnvId, emptyName)} has no nodes (0 of 0 wanted)`;
  if (allBusy === undefined) return undefined;
  return allBusy === 1 ? `the only node of ${EnvId} is busy` : `all ${allBusy} nodes of ${EnvId} are busy`;
};

const waitsForMachine = (job: Job): boolean =>
  (job.TaskSet ?? []).some(({ TaskState }) => TaskState === 'RUNNABLE');

/**
 * Who has what a task waits for, and by what it is decided who is next.
 * @param envs environments of the tasks that wait
 */
export const holdersOf = async (
  job: Job,
  envs: readonly string[],
  budget: CallBudget,
  context: ToolContext,
): Promise<readonly string[]> => {
  if (!waitsForMachine(job)) return [];
  const engine = await context.engine?.();
  const slots = engine === undefined ? [] : await slotUseOf(engine);
  const users = envs.length === 0 ? [] : await usersOf(job, envs, budget);
  return [...slots, ...users, ...(slots.length + users.length > 0 ? [orderOf(job)] : [])];
};

const orderOf = ({ Priority }: Job): string =>
  `what becomes free goes to the waiting job with the highest Priority, of equal ones to the oldest; this job has ${Priority ?? 0}; what runs is not interrupted`;

/** Active jobs that use one of the environments. */
const usersOf = async (job: Job, envs: readonly string[], budget: CallBudget): Promise<readonly string[]> => {
  if (budget.remaining() < 2) return [];
  const list = await budget.tryCall(
    'DescribeJobs',
    { Limit: 100, Filters: [{ Name: 'job-state', Values: [...activeStates] }] },
    'the active jobs',
  );
  const others = (list?.JobSet ?? []).filter((each) => each.JobId !== job.JobId);
  const read = others.slice(0, Math.min(maxReadJobs, budget.remaining()));
  const found: string[] = [];
  for (const { JobId = '', JobName, JobState, Priority } of read) {
    const info = await budget.tryCall(
      'DescribeJobSubmitInfo',
      { JobId: JobId ?? '' },
      `the submission of ${JobId}`,
    );
    const used = (info?.Tasks ?? []).flatMap((task) =>
      task?.EnvId && envs.includes(task.EnvId) ? [task.EnvId] : [],
    );
    if (used.length > 0)
      found.push(
        `${[...new Set(used)].join(', ')} is used by ${namedId(JobId, JobName)}, ${JobState || 'state unknown'}, Priority ${Priority ?? 0}`,
      );
  }
  return read.length < others.length
    ? [
        ...found,
        `${others.length - read.length} more active jobs were not read; FindComputeEnvs shows all that use an environment`,
      ]
    : found;
};
