/**
 * Reads the course of a job within a number of API calls. What was read before is read again only where it can have
 * changed, so that repeated readings complete the course of a job of any size.
 */
import pMap from 'p-map';
import type { OutputOf } from '../../catalogue/index.ts';
import type { EngineJobHistory } from '../../client/engine-requests.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { type CallBudget, createCallBudget } from '../jobs/call-budget.ts';
import { type InstanceOffering, isSpecific, readOfferings } from '../jobs/instance-offerings.ts';
import { millisecondsOf } from '../render/times.ts';
import { requirementOfTask } from './cost.ts';
import type { CourseFacts, TaskFacts, UsageFacts } from './facts.ts';
import { historyFactsOf } from './history-facts.ts';
import { addPage, instancesOf, type Page, pageSize, pagesToRead, type TaskPages } from './pages.ts';
import { readSampledUsage } from './sampled-usage.ts';

/** What was read of a job so far. */
export interface Reading {
  readonly job: OutputOf<'DescribeJob'>;
  readonly submission: OutputOf<'DescribeJobSubmitInfo'> | undefined;
  /** Undefined where the prices could not be read. */
  readonly offerings: readonly InstanceOffering[] | undefined;
  readonly tasks: ReadonlyMap<string, TaskPages>;
  readonly history: EngineJobHistory | undefined;
  /** Of tasks of the cloud, measured by samples. */
  readonly usage: ReadonlyMap<string, UsageFacts>;
  readonly holds: readonly string[];
  readonly skipped: readonly string[];
  readonly calls: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What a job waits for, one sentence each. */
export type ReadHolds = (
  job: OutputOf<'DescribeJob'>,
  submission: OutputOf<'DescribeJobSubmitInfo'> | undefined,
  budget: CallBudget,
  context: ToolContext,
) => Promise<readonly string[]>;

export interface ReadOptions {
  readonly maxCalls: number;
  readonly readHolds: ReadHolds;
}

/** The rate of DescribeTask is 3 a second. */
const concurrency = 3;
/** Many clients time out after 60 seconds; half of that leaves room for a slow response. */
const maxMs = 30_000;

/**
 * Reads a job, or more of it.
 * @param before what was read of it
 * @throws the error of DescribeJob; whatever else cannot be read is named in `skipped`
 */
export const readJob = async (
  JobId: string,
  before: Reading | undefined,
  { maxCalls, readHolds }: ReadOptions,
  context: ToolContext,
): Promise<Reading> => {
  const start = context.now();
  const engine = await context.engine?.();
  // A request to the engine counts as a call.
  const budget = createCallBudget(context, maxCalls - (engine === undefined ? 0 : 1));
  const job = await budget.call('DescribeJob', { JobId });
  const isFirst = before === undefined;
  const submission =
    before?.submission ??
    (await budget.tryCall(
      'DescribeJobSubmitInfo',
      { JobId },
      'the submission, and with it types and prices',
    ));
  const priced = before?.offerings ?? (isFirst ? await readPrices(job, submission, budget) : undefined);
  const holds = await readHolds(job, submission, budget, context);
  const tasks = await readPages(job, submission, before?.tasks, budget, context, start + maxMs);
  const usage =
    engine === undefined
      ? await readSampledUsage(job, submission, tasks, before?.usage ?? new Map(), budget)
      : new Map<string, UsageFacts>();
  const skipped = [...budget.skipped()];
  return {
    job,
    submission,
    offerings: priced,
    tasks,
    history: await readHistory(JobId, engine, context, skipped),
    usage,
    holds,
    skipped,
    calls: budget.used() + (engine === undefined ? 0 : 1),
    time: context.now(),
  };
};

const readPrices = async (
  job: OutputOf<'DescribeJob'>,
  submission: OutputOf<'DescribeJobSubmitInfo'> | undefined,
  budget: CallBudget,
): Promise<readonly InstanceOffering[] | undefined> => {
  const requirements = (submission?.Tasks ?? []).flatMap(
    (task) => (task?.EnvId ? undefined : requirementOfTask(task, job.Zone ?? '')) ?? [],
  );
  const specific = requirements.filter(isSpecific);
  if (specific.length === 0) return undefined;
  const isMissing = { value: false };
  const offerings = await readOfferings(
    specific,
    async (action, input) => {
      const output = await budget.tryCall(action, input, 'prices');
      isMissing.value ||= output === undefined;
      // Without an answer there are no offerings.
      return output ?? ({} as OutputOf<typeof action>);
    },
    'families',
  );
  return isMissing.value ? undefined : offerings;
};

const readPages = async (
  job: OutputOf<'DescribeJob'>,
  submission: OutputOf<'DescribeJobSubmitInfo'> | undefined,
  before: ReadonlyMap<string, TaskPages> | undefined,
  budget: CallBudget,
  context: ToolContext,
  deadline: number,
): Promise<ReadonlyMap<string, TaskPages>> => {
  const tasks = new Map(before);
  const created = millisecondsOf(job.CreateTime) ?? context.now();
  const JobId = job.JobId ?? '';
  const wanted = budget.remaining();
  const read = async ({ TaskName, page }: Page): Promise<void> => {
    if (context.now() > deadline || context.closing?.aborted) return;
    const Offset = page * pageSize;
    const answer = await budget.tryCall(
      'DescribeTask',
      { JobId, TaskName, Limit: pageSize, ...(Offset > 0 && { Offset }) },
      `instances of ${JSON.stringify(TaskName)}`,
    );
    if (answer === undefined) return;
    tasks.set(TaskName, addPage(tasks.get(TaskName), page, answer, created, context.now()));
    context.progress(budget.used(), budget.used() + budget.remaining(), `instances of ${JobId}`);
  };
  // How many pages a task has is known for certain when its first one has been read.
  for (let round = 0; round < 2 && budget.remaining() > 0; round += 1) {
    const pages = pagesToRead(job, submission, tasks, Math.min(wanted, budget.remaining()), round > 0);
    if (pages.length === 0) break;
    await pMap(pages, read, { concurrency, signal: context.signal });
  }
  return tasks;
};

const readHistory = async (
  JobId: string,
  engine: Awaited<ReturnType<NonNullable<ToolContext['engine']>>>,
  { region, signal }: ToolContext,
  skipped: string[],
): Promise<EngineJobHistory | undefined> => {
  try {
    return await engine?.history({ Region: region, JobId });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ApiError || error instanceof TransportError)) throw error;
    skipped.push('earlier attempts and use');
    return undefined;
  }
};

/** The facts of a reading, from which its course is derived. @param region that the caller named */
export const factsOf = (reading: Reading, region: string | undefined, isLocal: boolean): CourseFacts => {
  const { job, history } = reading;
  const created = millisecondsOf(job.CreateTime) ?? reading.time;
  const tasks = new Map<string, TaskFacts>();
  const earlier = historyFactsOf(history, created);
  for (const { TaskName } of job.TaskSet ?? []) {
    const name = TaskName ?? '';
    const pages = reading.tasks.get(name);
    const own = earlier.get(name);
    const usage = own?.usage ?? reading.usage.get(name);
    tasks.set(name, {
      ...(pages?.counts && { counts: pages.counts }),
      instances: pages === undefined ? [] : instancesOf(pages),
      earlier: own?.earlier ?? [],
      ...(usage && { usage }),
    });
  }
  return {
    job,
    region,
    submission: reading.submission,
    tasks,
    offerings: reading.offerings,
    isLocal,
    otherAttempts: history?.OtherAttempts ?? 0,
    holds: reading.holds,
    skipped: reading.skipped,
    calls: reading.calls,
    now: reading.time,
  };
};
