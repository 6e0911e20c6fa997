/** DiagnoseJob: why a job failed, or why it makes no progress, in one answer and at most twelve calls. */
import * as z from 'zod';
import type { OutputOf } from '../../catalogue/index.ts';
import { JobId } from '../../catalogue/shapes/common.ts';
import type { Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { type CallBudget, createCallBudget } from '../jobs/call-budget.ts';
import { jobSnapshot, progressOf } from '../jobs/job-snapshot.ts';
import { logBytes } from '../logs/api-log.ts';
import { counted } from '../render/counted.ts';
import { namedId, quoted } from '../render/untrusted.ts';
import { compareJobs } from './compare-jobs.ts';
import { adviceOf } from './diagnosis-advice.ts';
import { clusterFieldsOf, type JudgedCluster, maxShownClusters } from './diagnosis-fields.ts';
import {
  type FailedInstances,
  failingTasksOf,
  type LoggedFailures,
  readFailures,
  readLogs,
} from './failed-instances.ts';
import { causeOf, isFailure, wasKilled } from './failure-cause.ts';
import { type Cluster, clustersOf, type Failure, groupKeyOf } from './failure-clusters.ts';
import { memoryOf, type SubmittedTask } from './failure-evidence.ts';
import { type Proof, readProof, sampleOf } from './failure-proof.ts';
import { envsOf, readNodeTrouble } from './node-trouble.ts';
import { queueUseOf } from './queue-use.ts';
import { holdersOf, waitingOf } from './waiting.ts';

type Job = OutputOf<'DescribeJob'>;

/** Promised in the description. */
const maxCalls = 12;
/** Kinds of failure whose memory is read, one call each. */
const maxMemoryCalls = 2;

const input = z.strictObject({
  JobId,
  compareTo: JobId.optional().describe(
    'Another job: what differs in definition, results and output, from the older (was) to the newer (now).',
  ),
});

export const DiagnoseJob: Tool = {
  name: 'DiagnoseJob',
  title: 'Find out why a job failed',
  description:
    'Explains why a job failed, waits or hangs: all failures by kind with instances and proof from the logs; who holds what it waits for; the call that fixes it. Or compares two jobs.',
  group: 'workflow',
  returns: 'JobState kinds[count where ExitCode reason proof unchanged] waiting coverage',
  effect: 'read',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    const { JobId: id, compareTo } = args as z.output<typeof input>;
    return compareTo === undefined ? diagnose(id, context) : compareJobs([id, compareTo], context);
  },
};

const diagnose = async (id: string, context: ToolContext): Promise<ToolAnswer> => {
  const budget = createCallBudget(context, maxCalls);
  const job = await budget.call('DescribeJob', { JobId: id });
  const found = await readFailures(job, budget, context.now());
  context.progress(budget.used(), maxCalls, `${found.failures.length} failed instances found`);
  const lacking = tasksWithoutMachines(job, found.failures);
  const submission =
    found.failures.length > 0 || lacking.length > 0
      ? await budget.tryCall('DescribeJobSubmitInfo', { JobId: id }, 'the submission')
      : undefined;
  const envs = envsOf(submission, lacking);
  const trouble = await readNodeTrouble(envs, budget);
  const logged = await readLogs(
    id,
    found.failures,
    budget,
    budget.remaining() - memoryCallsOf(found.failures),
    (done, total) => context.progress(budget.used(), maxCalls, `logs: ${done} of ${total} calls`),
  );
  const tasks = new Map((submission?.Tasks ?? []).map((task) => [task?.TaskName ?? '', task]));
  const kinds = await judge({ id, found, logged, tasks, budget, context });
  const { readUse } = await import('./failure-use.ts');
  const use = await readUse(id, kinds, context);
  const queue = await queueUseOf(id, context);
  const waiting = [
    ...waitingOf(job, tasks, trouble, queue.tasks),
    ...queue.sentences,
    ...(await holdersOf(job, envs, budget, context)),
  ];
  return {
    summary: headlineOf(job, found, kinds),
    fields: {
      JobId: id,
      JobState: job.JobState,
      ...(job.NextAction && { NextAction: job.NextAction }),
      ...(job.StateReason && { StateReason: job.StateReason }),
      kinds: kinds.slice(0, maxShownClusters).map(clusterFieldsOf),
      ...(kinds.length > maxShownClusters && { otherFailureKinds: otherFailureKindsOf(kinds) }),
      ...(use.length > 0 && { use }),
      ...(waiting.length > 0 && { waiting }),
      ...(trouble.length > 0 && {
        environments: trouble.map(({ emptyName: _, allBusy: __, ...env }) => env),
      }),
      coverage: coverageOf(job, found, logged, kinds, budget.used()),
      ...(budget.skipped().length > 0 && { skipped: budget.skipped() }),
    },
    next: adviceOf({ job, kinds, trouble, tasks }),
  };
};

/** Calls for memory that are left by the reading of logs: one for each kind that was killed. */
const memoryCallsOf = (failures: readonly Failure[]): number =>
  Math.min(maxMemoryCalls, new Set(failures.filter(wasKilled).map(groupKeyOf)).size);

interface Judging {
  readonly id: string;
  readonly found: FailedInstances;
  readonly logged: LoggedFailures;
  readonly tasks: ReadonlyMap<string, SubmittedTask>;
  readonly budget: CallBudget;
  readonly context: ToolContext;
}

/** Finds out the cause of each kind, and reads proof and memory for those that are shown. */
const judge = async ({
  id,
  found,
  logged,
  tasks,
  budget,
  context,
}: Judging): Promise<readonly JudgedCluster[]> => {
  const judged: JudgedCluster[] = [];
  for (const [at, cluster] of clustersOf(logged.failures).entries()) {
    const cause = causeOf(cluster);
    if (at >= maxShownClusters) {
      judged.push({ cluster, cause });
      continue;
    }
    const task = tasks.get(cluster.failures[0]?.TaskName ?? '');
    const memory = await memoryOf(id, cluster, cause, task, budget, context);
    judged.push({ cluster, cause, memory, proof: await proofOf(id, cluster, found, logged, context) });
  }
  return judged;
};

const proofOf = async (
  JobId: string,
  cluster: Cluster,
  { sizes }: FailedInstances,
  { apiLogOf }: LoggedFailures,
  context: ToolContext,
): Promise<Proof | undefined> => {
  const sample = sampleOf(cluster);
  const apiLog = sample && apiLogOf(sample);
  if (sample === undefined || apiLog === undefined) return undefined;
  return readProof(cluster, sample, apiLog, { JobId, total: sizes.get(sample.TaskName) ?? 1 }, context);
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

const instancesIn = (kinds: readonly JudgedCluster[]): number =>
  kinds.reduce((sum, { cluster }) => sum + cluster.failures.length, 0);

const headlineOf = (job: Job, found: FailedInstances, kinds: readonly JudgedCluster[]): string => {
  const name = `${namedId(job.JobId, job.JobName)} is ${job.JobState || 'in an unknown state (the response has none)'}`;
  if (found.total === 0) return `${name}; none of its instances has failed.`;
  const { total } = jobSnapshot(job);
  const failed = kinds.filter(({ cause }) => isFailure(cause));
  const onPurpose = instancesIn(kinds.filter(({ cause }) => cause.kind === 'on purpose'));
  const blocked = instancesIn(kinds.filter(({ cause }) => cause.kind === 'blocked'));
  const others = [
    ...(blocked > 0 ? [`${counted(blocked, 'more instance')} did not run because of that`] : []),
    ...(onPurpose > 0 ? [`${counted(onPurpose, 'instance was', 'instances were')} ended on purpose`] : []),
  ];
  if (failed.length === 0 && onPurpose > 0)
    return `${name}: ${onPurpose} of ${counted(total, 'instance')} ${onPurpose === 1 ? 'was' : 'were'} ended on purpose; none failed by itself.`;
  const [largest] = failed;
  const ways = failed.length === 1 ? 'all in the same way' : `in ${failed.length} ways`;
  const most =
    largest !== undefined && failed.length > 1
      ? `; the most frequent has ${largest.cluster.failures.length} of them`
      : '';
  const count = found.total - onPurpose - blocked;
  return `${[`${name}: ${count} of ${counted(total, 'instance')} failed, ${ways}${most}`, ...others].join('; ')}.`;
};

const otherFailureKindsOf = (kinds: readonly JudgedCluster[]): string => {
  const rest = kinds.slice(maxShownClusters);
  return `${counted(rest.length, 'more kind', 'more kinds')} with ${counted(instancesIn(rest), 'instance')} in total`;
};

/** What the answer is based on, and whether that is everything. */
const coverageOf = (
  job: Job,
  found: FailedInstances,
  { failures }: LoggedFailures,
  kinds: readonly JudgedCluster[],
  calls: number,
): string => {
  const snapshot = jobSnapshot(job);
  const ran = failures.filter(({ hasRun }) => hasRun);
  const read = ran.filter(({ log }) => log !== undefined).length;
  const isAll = found.others.length === 0 && found.total === failures.length;
  const stored = kinds.some(({ proof }) => proof?.isStored) ? ', those shown from the complete log' : '';
  const names = found.others.slice(0, 5).map((name) => quoted(name));
  return [
    isAll
      ? `All ${counted(snapshot.total, 'instance')} considered: ${progressOf(snapshot)}${failures.length > 0 ? '; nothing else failed' : ''}.`
      : `${progressOf(snapshot)}; considered ${failures.length} of ${found.total} failed instances of ${counted(found.tasks.length, 'task')}.`,
    ...(found.others.length > 0
      ? [
          `Not read: ${found.others.length} more that failed too or may have: ${names.join(', ')}${found.others.length > names.length ? ', …' : ''}.`,
        ]
      : []),
    ...(ran.length > 0
      ? [
          `Logs: both streams of ${read} of ${ran.length} failed instances that ran, the end (${logBytes} bytes) of each${stored}.`,
        ]
      : []),
    `${counted(calls, 'API call')}.`,
  ].join(' ');
};
