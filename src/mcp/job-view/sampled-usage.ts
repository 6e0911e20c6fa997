/** Memory and CPU that the API measured, of one instance of each of a few tasks: two calls each. */
import type { OutputOf } from '../../catalogue/index.ts';
import type { CallBudget } from '../jobs/call-budget.ts';
import { durationOf } from '../render/times.ts';
import { quoted } from '../render/untrusted.ts';
import type { AttemptFacts, UsageFacts } from './facts.ts';
import { instancesOf, type TaskPages } from './pages.ts';

/** Two calls each. */
const maxTasks = 5;

/**
 * Reads the metrics of tasks with ComputeEnv, of the ended instance that ran longest, as far as the budget allows.
 * @param before what was read earlier; it is not read again
 * @returns that, and what was read now
 */
export const readSampledUsage = async (
  job: OutputOf<'DescribeJob'>,
  submission: OutputOf<'DescribeJobSubmitInfo'> | undefined,
  tasks: ReadonlyMap<string, TaskPages>,
  before: ReadonlyMap<string, UsageFacts>,
  budget: CallBudget,
): Promise<ReadonlyMap<string, UsageFacts>> => {
  const usage = new Map(before);
  for (const task of submission?.Tasks ?? []) {
    if (usage.size >= maxTasks || budget.remaining() < 2) break;
    const TaskName = task?.TaskName ?? '';
    const pages = tasks.get(TaskName);
    if (task?.EnvId || usage.has(TaskName) || pages === undefined) continue;
    const instance = longestOf(instancesOf(pages));
    if (instance === undefined) continue;
    const read = async (MetricName: 'CpuUsage' | 'MemUsage') =>
      budget.tryCall(
        'DescribeJobMonitorData',
        { JobId: job.JobId ?? '', TaskName, TaskInstanceIndex: instance.index, MetricName },
        `metrics of ${quoted(TaskName)}`,
      );
    usage.set(
      TaskName,
      usageOf(instance, valuesOf(await read('MemUsage')), valuesOf(await read('CpuUsage'))),
    );
  }
  return usage;
};

const ranOf = ({ began = 0, ended = 0 }: AttemptFacts): number => ended - began;

const longestOf = (instances: readonly (AttemptFacts | undefined)[]): AttemptFacts | undefined => {
  let longest: AttemptFacts | undefined;
  for (const one of instances) {
    if (one?.began === undefined || one.ended === undefined) continue;
    if (longest === undefined || ranOf(one) > ranOf(longest)) longest = one;
  }
  return longest;
};

const valuesOf = (data: OutputOf<'DescribeJobMonitorData'> | undefined): readonly number[] =>
  (data?.DataPoints?.Values ?? []).filter((value) => value !== null && value !== undefined);

const usageOf = (instance: AttemptFacts, memory: readonly number[], cpu: readonly number[]): UsageFacts => {
  if (memory.length === 0 && cpu.length === 0)
    return {
      measured: 0,
      why: `there is no sample of instance ${instance.index}, which ran ${durationOf(ranOf(instance))}`,
    };
  return {
    measured: 1,
    measuredSeconds: ranOf(instance),
    ...(memory.length > 0 && { memoryPercent: Math.max(...memory) }),
    ...(cpu.length > 0 && { cpuPercent: cpu.reduce((a, b) => a + b, 0) / cpu.length }),
  };
};
