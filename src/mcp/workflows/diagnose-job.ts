/** DiagnoseJob: why a job failed, or why it makes no progress, in one answer and at most twelve calls. */
import * as z from 'zod';
import type { OutputOf } from '../../catalogue/index.ts';
import { JobId } from '../../catalogue/shapes/common.ts';
import type { Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { jobSnapshot, progressOf } from '../jobs/job-snapshot.ts';
import { logBytes } from '../logs/api-log.ts';
import { counted } from '../render/counted.ts';
import { namedId, quoted } from '../render/untrusted.ts';
import { createCallBudget } from './call-budget.ts';
import { adviceOf } from './diagnosis-advice.ts';
import { clusterFieldsOf, maxShownClusters } from './diagnosis-fields.ts';
import { type FailedInstances, failingTasksOf, readFailures, readLogs } from './failed-instances.ts';
import { type Cluster, clustersOf, type Failure } from './failure-clusters.ts';
import { readNodeTrouble } from './node-trouble.ts';
import { slotUseOf } from './slot-use.ts';

type Job = OutputOf<'DescribeJob'>;

/** Promised in the description. */
const maxCalls = 12;

const input = z.strictObject({ JobId });

export const DiagnoseJob: Tool = {
  name: 'DiagnoseJob',
  title: 'Find out why a job failed',
  description: `Explains why a job failed or hangs: failures by kind (exit code, reason, last log lines) with counts and samples, node failures, what to do. At most ${maxCalls} API calls.`,
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    const { JobId: id } = args as z.output<typeof input>;
    return diagnose(id, context);
  },
};

const diagnose = async (id: string, context: ToolContext): Promise<ToolAnswer> => {
  const budget = createCallBudget(context, maxCalls);
  const job = await budget.call('DescribeJob', { JobId: id });
  const found = await readFailures(job, budget);
  context.progress(budget.used(), maxCalls, `${found.failures.length} failed instances found`);
  const trouble = await readNodeTrouble(id, tasksWithoutMachines(job, found.failures), budget);
  const failures = await readLogs(id, found.failures, budget, (done, total) =>
    context.progress(budget.used(), maxCalls, `logs: ${done} of ${total} calls`),
  );
  const clusters = clustersOf(failures);
  const read = failures.filter((failure) => failure.log !== undefined).length;
  const waiting = [...waitingOf(job), ...(await slotsOf(job, context))];
  return {
    summary: headlineOf(job, found, clusters),
    fields: {
      JobId: id,
      JobState: job.JobState,
      ...(job.NextAction && { NextAction: job.NextAction }),
      ...(job.StateReason && { StateReason: job.StateReason }),
      instances: progressOf(jobSnapshot(job)),
      kinds: clusters.slice(0, maxShownClusters).map(clusterFieldsOf),
      ...(clusters.length > maxShownClusters && { otherFailureKinds: otherFailureKindsOf(clusters) }),
      ...(waiting.length > 0 && { waiting }),
      ...(trouble.length > 0 && { environments: trouble }),
      coverage: coverageOf(found, read, budget.used()),
      ...(budget.skipped().length > 0 && { skipped: budget.skipped() }),
    },
    next: adviceOf(job, clusters, trouble),
  };
};

/** Tasks whose instances failed without having run, or that wait for machines now. */
const tasksWithoutMachines = (job: Job, failures: readonly Failure[]): readonly string[] => {
  const blocked = new Set(blockedTasksOf(job));
  const never = failures.filter((failure) => !failure.hasRun && failure.ExitCode === undefined);
  const waiting = (job.TaskSet ?? []).filter((task) =>
    ['RUNNABLE', 'STARTING'].includes(task.TaskState ?? ''),
  );
  const names = [...never.map((failure) => failure.TaskName), ...waiting.map((task) => task.TaskName ?? '')];
  return [...new Set(names)].filter((name) => !blocked.has(name));
};

/** Tasks after a failing one: the failure explains why they did not run. */
const blockedTasksOf = (job: Job): readonly string[] => {
  const failing = new Set(failingTasksOf(job));
  return (job.DependenceSet ?? [])
    .filter(({ StartTask }) => failing.has(StartTask ?? ''))
    .map(({ EndTask }) => EndTask ?? '');
};

const headlineOf = (job: Job, found: FailedInstances, clusters: readonly Cluster[]): string => {
  const name = `${namedId(job.JobId, job.JobName)} is ${job.JobState || 'in an unknown state (the response has none)'}`;
  if (found.total === 0) return `${name}; none of its instances has failed.`;
  const [largest] = clusters;
  const kinds = clusters.length === 1 ? 'all in the same way' : `in ${clusters.length} ways`;
  const most =
    largest !== undefined && clusters.length > 1
      ? `; the most frequent has ${largest.failures.length} of them`
      : '';
  return `${name}: ${counted(found.total, 'instance')} failed, ${kinds}${most}.`;
};

const otherFailureKindsOf = (clusters: readonly Cluster[]): string => {
  const rest = clusters.slice(maxShownClusters);
  const instances = rest.reduce((sum, cluster) => sum + cluster.failures.length, 0);
  return `${counted(rest.length, 'more kind', 'more kinds')} with ${counted(instances, 'instance')} in total`;
};

/** What occupies the slots of a local engine, where a task waits for one. */
const slotsOf = async (job: Job, context: ToolContext): Promise<readonly string[]> => {
  if (!(job.TaskSet ?? []).some(({ TaskState }) => TaskState === 'RUNNABLE')) return [];
  const engine = await context.engine?.();
  return engine === undefined ? [] : slotUseOf(engine);
};

const maxWaiting = 10;

/** What unfinished tasks wait for, one sentence each. */
const waitingOf = (job: Job): readonly string[] => {
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
      if (TaskState === 'RUNNABLE') return [`${name} waits for a machine`];
      if (TaskState === 'STARTING') return [`${name} has machines that are being prepared`];
      return [];
    })
    .slice(0, maxWaiting);
};

/** How much of the job the answer is based on. */
const coverageOf = (found: FailedInstances, read: number, calls: number): string => {
  const names = found.others.slice(0, 5).map((name) => quoted(name));
  const others =
    found.others.length > 0
      ? ` Not read: ${found.others.length} more that failed too or may have: ${names.join(', ')}${found.others.length > names.length ? ', …' : ''}.`
      : '';
  return `${found.failures.length} of ${found.total} failed instances of ${counted(found.tasks.length, 'task')}; the logs of ${read} of them, at most ${logBytes} bytes of each stream; ${counted(calls, 'API call')}.${others}`;
};
