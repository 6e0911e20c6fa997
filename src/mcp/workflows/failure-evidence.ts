/** How long failed instances ran, and how much memory they used, as far as it was measured. */
import type { OutputOf } from '../../catalogue/index.ts';
import type { EngineRequests } from '../../client/engine-requests.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { bytesTextOf } from '../job-view/figures.ts';
import type { CallBudget } from '../jobs/call-budget.ts';
import { durationOf } from '../render/times.ts';
import { quoted } from '../render/untrusted.ts';
import type { Cause } from './failure-cause.ts';
import type { Cluster, Failure } from './failure-clusters.ts';

type Tasks = OutputOf<'DescribeJobSubmitInfo'>['Tasks'];
export type SubmittedTask = NonNullable<NonNullable<Tasks>[number]>;

/** `2s`, or `2s to 1m 10s`; undefined where none of them ran. */
export const ranOf = ({ failures }: Cluster): string | undefined => {
  const seconds = failures.flatMap(({ ran }) => (ran === undefined ? [] : [ran])).sort((a, b) => a - b);
  const [least, most] = [seconds[0], seconds.at(-1)];
  if (least === undefined || most === undefined) return undefined;
  const [from, to] = [durationOf(least), durationOf(most)];
  return from === to ? from : `${from} to ${to}`;
};

/**
 * Memory of one instance of a kind that may have run out of it. One call, where the task is elastic; a local engine has
 * measured every task.
 * @param task as it was submitted, where it is known
 */
export const memoryOf = async (
  JobId: string,
  { failures }: Cluster,
  { kind }: Cause,
  task: SubmittedTask | undefined,
  budget: CallBudget,
  context: Pick<ToolContext, 'engine' | 'region' | 'signal'>,
): Promise<string | undefined> => {
  const [first] = failures;
  if (kind !== 'memory' || first === undefined) return undefined;
  const longest = failures.reduce((a, b) => ((b.ran ?? 0) > (a.ran ?? 0) ? b : a), first);
  const engine = await context.engine?.();
  if (engine !== undefined) return measuredMemoryOf(JobId, longest, engine, context);
  if (task?.EnvId)
    return `not measured: the API measures only tasks with ComputeEnv, and this one runs in ${task.EnvId}`;
  if (budget.remaining() === 0) return 'not read: the calls were needed for logs';
  const { TaskName, TaskInstanceIndex } = longest;
  const data = await budget.tryCall(
    'DescribeJobMonitorData',
    { JobId, TaskName, TaskInstanceIndex, MetricName: 'MemUsage' },
    `memory of instance ${TaskInstanceIndex} of ${quoted(TaskName)}`,
  );
  if (data === undefined) return 'not measured: the metrics could not be read';
  const values = (data.DataPoints?.Values ?? []).filter((value) => value !== null && value !== undefined);
  const ran = failures.find((each) => each.TaskInstanceIndex === TaskInstanceIndex)?.ran;
  if (values.length === 0)
    return `not measured: there is no sample of instance ${TaskInstanceIndex}${ran === undefined ? '' : `, which ran ${durationOf(ran)}`}`;
  return `at most ${Math.round(Math.max(...values) * 10) / 10} % of the machine in ${values.length} samples of instance ${TaskInstanceIndex}; a peak between two samples is not among them`;
};

/** What a local engine measured of the last attempt, also where it was killed. */
const measuredMemoryOf = async (
  JobId: string,
  { TaskName, TaskInstanceIndex }: Failure,
  engine: EngineRequests,
  { region, signal }: Pick<ToolContext, 'region' | 'signal'>,
): Promise<string> => {
  try {
    const attempts = await engine.attempts({ Region: region, JobId, TaskName, TaskInstanceIndex });
    const usage = attempts.at(-1)?.Usage;
    if (usage === undefined) return 'not measured: the engine has no attempt of it';
    if ('NotMeasured' in usage) return `not measured: ${usage.NotMeasured}`;
    const when =
      usage.MeasuredSeconds === null
        ? ''
        : `, measured until ${durationOf(usage.MeasuredSeconds)} after its start`;
    return `peak ${bytesTextOf(usage.PeakMemoryBytes)} of instance ${TaskInstanceIndex}${when}; what it needed after that is not known`;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError || error instanceof TransportError)
      return 'not measured: it could not be read';
    throw error;
  }
};
