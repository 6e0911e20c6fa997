/** What ShowJob and the tools of its view do; loaded when the first of them is called. */
import type { OutputOf } from '../../catalogue/index.ts';
import type { EngineAttempt } from '../../client/engine-requests.ts';
import { InputError } from '../../shared/errors.ts';
import type { Fields, ToolAnswer, ToolContext } from '../contract/tool.ts';
import type { JobCourse } from '../job-view/course.ts';
import { createCourseReader } from '../job-view/course-reader.ts';
import { courseFieldsOf } from '../job-view/course-text.ts';
import { headlineOf } from '../job-view/sentences.ts';
import { jobLogTool } from '../job-view/view-resource.ts';
import { coverageTextOf } from '../logs/log-coverage.ts';
import type { Stream } from '../logs/log-source.ts';
import { readLogs } from '../logs/read-logs.ts';
import { sizeTextOf } from '../render/size.ts';
import { readHolds } from './job-holds.ts';

export interface JobViewRuns {
  /** The answer of ShowJob. */
  show(JobId: string, context: ToolContext): Promise<ToolAnswer>;
  /** The data of the view. */
  readData(JobId: string, context: ToolContext): Promise<ToolAnswer>;
}

/** What is read is stored in here, for a few jobs. */
export const createJobViewRuns = (): JobViewRuns => {
  const reader = createCourseReader(readHolds);
  return {
    show: async (JobId, context) => {
      const course = await reader.read(JobId, false, context);
      return { summary: headlineOf(course), fields: courseFieldsOf(course), next: nextOf(course) };
    },
    readData: async (JobId, context) => {
      const course = await reader.read(JobId, true, context);
      return { summary: headlineOf(course), fields: { course }, isViewData: true };
    },
  };
};

const nextOf = ({ JobId: id, failures, coverage, isFinal }: JobCourse): readonly string[] => [
  ...(failures.length > 0 ? [`DiagnoseJob with JobId ${id} explains the failures.`] : []),
  ...(coverage.readInstances < coverage.instances
    ? ['ShowJob again reads more.']
    : isFinal
      ? []
      : [`WaitForJob with JobId ${id} follows it.`]),
];

const streams: readonly Stream[] = ['stdout', 'stderr'];
/** As much as a panel of a view shows. */
const tail = { kind: 'tail', lines: 200 } as const;
const maxLineLength = 2000;
/** Characters of both streams. */
const maxLength = 14_000;

/** The end of the log of one instance, and its attempts. */
export const readInstanceLog = async (
  id: string,
  TaskName: string,
  instance: number,
  context: ToolContext,
): Promise<ToolAnswer> => {
  const attempts = await attemptsOf(id, TaskName, instance, context);
  const wanted = {
    ...{ JobId: id, TaskName, from: 0, instances: [instance], streams, part: tail },
    ...{ maxLineLength, maxLength },
  };
  const { parts, coverage } = await readLogs(wanted, context);
  const textOf = (stream: Stream): string =>
    parts
      .filter((part) => part.stream === stream)
      .flatMap(({ lines }) => lines)
      .join('\n');
  const all = parts.reduce((sum, { length }) => sum + length, 0);
  const shown = parts.reduce((sum, { first, end }) => sum + Math.max(0, end - first), 0);
  return {
    summary: `The end of the log of instance ${instance}: ${sizeTextOf(shown)} of ${sizeTextOf(all)}.`,
    fields: {
      stdout: textOf('stdout'),
      stderr: textOf('stderr'),
      note: [
        shown < all ? `The last ${sizeTextOf(shown)} of ${sizeTextOf(all)}.` : `${sizeTextOf(all)}.`,
        coverageTextOf(coverage),
      ]
        .filter(Boolean)
        .join(' '),
      attempts,
    },
    isViewData: true,
  };
};

/** The attempts of an instance; of the cloud only the last one. */
const attemptsOf = async (
  id: string,
  TaskName: string,
  TaskInstanceIndex: number,
  { engine, region, attempt, call }: ToolContext,
): Promise<readonly Fields[]> => {
  const requests = await engine?.();
  if (requests !== undefined) {
    const all = await requests.attempts({ Region: region, JobId: id, TaskName, TaskInstanceIndex });
    return all.map(attemptFieldsOf);
  }
  if (attempt !== undefined)
    throw new InputError(jobLogTool, [
      { path: 'attempt', message: 'The service keeps only the last attempt.' },
    ]);
  const page = await call('DescribeTask', { JobId: id, TaskName, Offset: TaskInstanceIndex, Limit: 1 });
  return (page.TaskInstanceSet ?? []).flatMap((instance) => (instance ? [lastAttemptOf(instance)] : []));
};

const attemptFieldsOf = (attempt: EngineAttempt): Fields => ({
  attempt: attempt.Attempt,
  state: attempt.State,
  ExitCode: attempt.ExitCode,
  reason: attempt.StateDetailedReason || attempt.StateReason,
  node: attempt.ComputeNodeId,
  machine: attempt.ComputeNodeInstanceId,
  began: attempt.RunningTime,
  ended: attempt.EndTime,
  use: attempt.Usage,
});

type Instance = NonNullable<NonNullable<OutputOf<'DescribeTask'>['TaskInstanceSet']>[number]>;

const lastAttemptOf = (instance: Instance): Fields => ({
  state: instance.TaskInstanceState,
  ExitCode: instance.ExitCode ?? null,
  reason: instance.StateDetailedReason || instance.StateReason || '',
  machine: instance.ComputeNodeInstanceId ?? null,
  began: instance.RunningTime ?? null,
  ended: instance.EndTime ?? null,
});
