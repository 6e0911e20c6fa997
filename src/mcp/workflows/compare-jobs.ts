/** Two jobs beside each other: only what differs in their definitions, results and output. */
import type { InputOf, OutputOf } from '../../catalogue/index.ts';
import { Job } from '../../catalogue/shapes/job.ts';
import type { Fields, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { jobSnapshot, progressOf } from '../jobs/job-snapshot.ts';
import { counted } from '../render/counted.ts';
import { rangesOf } from '../render/ranges.ts';
import { tableOf } from '../render/table.ts';
import { durationOf, millisecondsOf, waitedAndRanOf } from '../render/times.ts';
import { namedId, quoted } from '../render/untrusted.ts';
import { compareOutput } from './compare-output.ts';
import { type Difference, differencesOf } from './difference.ts';

/** Tasks with the same name whose instances and output are compared: each takes some reads. */
const maxTasks = 3;
/** As many as one page of DescribeTask has. */
const maxInstances = 1_000;
/** More are counted. */
const maxShown = 20;
/** Reading the output of one more task takes up to 30 seconds, and an answer has to arrive within 45. */
const startsWithinMs = 12_000;

/**
 * Compares two jobs: from the one that was submitted first to the other. Of the same second, in the order given.
 * @throws the service's error for one of the jobs
 */
export const compareJobs = async (
  given: readonly [string, string],
  context: ToolContext,
): Promise<ToolAnswer> => {
  const read = await Promise.all([readJob(given[0], context), readJob(given[1], context)]);
  const [givenAt, otherAt] = [submittedAt(read[0]), submittedAt(read[1])];
  const isReverse = givenAt > otherAt;
  const former = givenAt === otherAt ? 'was' : 'was, submitted first';
  const [one, other] = isReverse ? [read[1], read[0]] : read;
  const ids = isReverse ? ([given[1], given[0]] as const) : given;
  const definition = definitionDifferencesOf(one, other);
  const names = one.tasks.filter((name) => other.tasks.includes(name));
  const start = context.now();
  const instances: Fields[] = [];
  const outputs: Fields[] = [];
  const compared = new Set<string>();
  for (const TaskName of names.slice(0, maxTasks)) {
    if (context.now() - start > startsWithinMs) break;
    context.progress(compared.size, names.length, `task ${quoted(TaskName)}`);
    instances.push(...(await compareInstances(ids, TaskName, context)));
    outputs.push(await compareOutput(ids, TaskName, context));
    compared.add(TaskName);
  }
  const notCompared = names.filter((name) => !compared.has(name)).map((name) => quoted(name));
  const columns = ['task', 'instance', 'was', 'now'] as const;
  return {
    summary: `${namedId(ids[0], one.job.JobName)} (${former}) and ${namedId(ids[1], other.job.JobName)} (now): ${counted(definition.length, 'field')} of the definition ${definition.length === 1 ? 'differs' : 'differ'}${definition.length === 0 ? '' : ', nothing else that the API returns'}.${definition.some(isExcerpt) ? ' … at the beginning or end: equal text.' : ''}`,
    fields: {
      definition: definition.length === 0 ? 'equal' : tableOf(['path', 'was', 'now'], definition),
      runs: tableOf(['JobId', 'state', 'instances', 'from submission to end'], [runOf(one), runOf(other)]),
      instances:
        instances.length === 0
          ? 'equal states and exit codes'
          : tableOf(columns, instances.slice(0, maxShown)),
      ...(instances.length > maxShown && { moreInstances: instances.length - maxShown }),
      output: outputs,
      ...(notCompared.length > 0 && {
        notCompared: `instances and output of ${counted(notCompared.length, 'more task')}: ${notCompared.slice(0, maxShown).join(', ')}`,
      }),
    },
  };
};

/** Whether only the part of a long text is shown that differs. */
const isExcerpt = ({ was = '', now = '' }: Difference): boolean =>
  (was.startsWith('… ') && now.startsWith('… ')) || (was.endsWith(' …') && now.endsWith(' …'));

const submittedAt = ({ job }: ReadJob): number => millisecondsOf(job.CreateTime) ?? 0;

interface ReadJob {
  readonly job: OutputOf<'DescribeJob'>;
  readonly submitted: OutputOf<'DescribeJobSubmitInfo'>;
  readonly tasks: readonly string[];
  readonly now: number;
}

const readJob = async (JobId: string, context: ToolContext): Promise<ReadJob> => {
  const [job, submitted] = await Promise.all([
    context.call('DescribeJob', { JobId }),
    context.call('DescribeJobSubmitInfo', { JobId }),
  ]);
  const tasks = (job.TaskSet ?? []).map((task) => task?.TaskName ?? '');
  return { job, submitted, tasks, now: context.now() };
};

const definitionDifferencesOf = (one: ReadJob, other: ReadJob): readonly Difference[] => {
  const definitionOf = ({
    submitted,
  }: ReadJob): Partial<Record<keyof InputOf<'SubmitJob'>['Job'], unknown>> => {
    const { JobName, JobDescription, Priority, Tasks, Dependences, Tags } = submitted;
    return { JobName, JobDescription, Priority, Tasks, Dependences, Tags };
  };
  return differencesOf(definitionOf(one), definitionOf(other), Job).map((difference) =>
    // Nothing is given here: two hidden values differ.
    difference.now === '(as given)' ? { ...difference, now: '(hidden, another)' } : difference,
  );
};

const runOf = ({ job, now }: ReadJob): Fields & Readonly<Record<string, string>> => {
  const { ran } = waitedAndRanOf({ RunningTime: job.CreateTime, EndTime: job.EndTime }, now);
  return {
    JobId: job.JobId ?? '',
    state: job.JobState ?? '',
    instances: progressOf(jobSnapshot(job)),
    ...(ran !== undefined && { 'from submission to end': durationOf(ran) }),
  };
};

/** Equal differences of several instances are one row. */
const compareInstances = async (
  ids: readonly [string, string],
  TaskName: string,
  context: ToolContext,
): Promise<readonly (Fields & Readonly<Record<string, string>>)[]> => {
  const [one, other] = await Promise.all(ids.map((JobId) => resultsOf(JobId, TaskName, context)));
  const groups = new Map<
    string,
    { readonly was: string; readonly now: string; readonly indexes: number[] }
  >();
  for (const index of new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])])) {
    const was = one?.get(index) ?? 'none';
    const now = other?.get(index) ?? 'none';
    if (was === now) continue;
    const group = groups.get(`${was} ${now}`) ?? { was, now, indexes: [] };
    group.indexes.push(index);
    groups.set(`${was} ${now}`, group);
  }
  return [...groups.values()].map(({ was, now, indexes }) => ({
    task: TaskName,
    instance: rangesOf(indexes, maxInstances),
    was,
    now,
  }));
};

/** State and exit code of each instance. */
const resultsOf = async (
  JobId: string,
  TaskName: string,
  context: ToolContext,
): Promise<ReadonlyMap<number, string>> => {
  const task = await context.call('DescribeTask', { JobId, TaskName, Limit: maxInstances });
  return new Map(
    (task.TaskInstanceSet ?? []).map((instance) => [
      instance?.TaskInstanceIndex ?? 0,
      [instance?.TaskInstanceState, instance?.ExitCode ? `exit code ${instance.ExitCode}` : '']
        .filter(Boolean)
        .join(', '),
    ]),
  );
};
